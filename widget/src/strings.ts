import {
  call, call_place, close, emergency, emergency_text, launcher, loading, place_eu, place_uk, place_us,
  subtitle, title, try_again, unreachable,
} from "../lang/en.json";

// What can be said before, or without, a language file.
let strings: Record<string, string> = {
  call, call_place, close, emergency, emergency_text, launcher, loading, place_eu, place_uk, place_us,
  subtitle, title, try_again, unreachable,
};
let code = "en";

/** The text of a key in the loaded language, with its {placeholders} filled in. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** The code of the loaded language, for `lang`. */
export function language(): string {
  return code;
}

/** Loads the nearest language there is: the one asked for, else the page's, else the browser's, else English. */
export async function loadLanguage(base: URL, wanted: string | null): Promise<void> {
  const primary = (tag: string) => tag.toLowerCase().split("-")[0] ?? "";
  const candidates = wanted
    ? [wanted, primary(wanted)]
    : [primary(document.documentElement.lang), primary(navigator.language)];
  for (const candidate of new Set([...candidates, "en"])) {
    if (!/^[A-Za-z]{2,8}(-\w{1,8})*$/.test(candidate)) continue;
    const response = await fetch(new URL(`lang/${candidate}.json`, base), { credentials: "omit" });
    if (!response.ok) continue;
    strings = { ...strings, ...(await response.json()) };
    code = candidate;
    return;
  }
  throw new Error("no language file");
}
