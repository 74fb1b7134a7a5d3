import { h } from "./dom";
import { language, t } from "./strings";

/** Three buttons that copy, print and save a text. */
export function takeAway(text: () => string, file: string, announce: (text: string) => void): HTMLElement[] {
  const button = (label: string, act: () => void) => h("button", { type: "button", class: "small", onclick: act }, label);
  return [
    button(t("copy"), () => void copyText(text(), announce)),
    button(t("print"), () => printText(text(), announce)),
    button(t("save"), () => saveText(text(), file, announce)),
  ];
}

/** Copies a text and says whether that worked. */
export async function copyText(text: string, announce: (text: string) => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(t("copied"));
  } catch {
    announce(t("copy_failed"));
  }
}

/** Prints a text alone, without the page around the chat. */
export function printText(text: string, announce: (text: string) => void): void {
  const frame = h("iframe", {
    width: 0,
    height: 0,
    frameborder: 0,
    "aria-hidden": "true",
    tabindex: -1,
    onload: () => {
      const page = frame.contentWindow;
      if (!page) return;
      page.document.title = t("title");
      page.document.documentElement.lang = language();
      for (const line of text.split("\n")) page.document.body.append(h("div", {}, line || "\u00a0"));
      page.addEventListener("afterprint", () => frame.remove());
      page.print();
      announce(t("printing"));
    },
  });
  // Not `hidden`: some browsers print nothing of a frame that is not shown.
  frame.style.position = "fixed";
  document.body.append(frame);
}

/** Saves a text as a file. */
export function saveText(text: string, file: string, announce: (text: string) => void): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  h("a", { href: url, download: `${file}.txt` }).click();
  // The download has to have begun before its address goes.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  announce(t("saved"));
}
