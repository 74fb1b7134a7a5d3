import { callLink } from "./blocks";
import { h } from "./dom";
import type { Emergency } from "./protocol";
import { t } from "./strings";

/** The numbers that are shown until the server has named its own. */
export function builtInEmergency(): Emergency {
  return {
    numbers: [
      { number: "911", place: t("place_us") },
      { number: "999", place: t("place_uk") },
      { number: "112", place: t("place_eu") },
    ],
  };
}

/** What to do in an emergency, with numbers to tap. */
export function emergencyNumbers({ numbers }: Emergency): HTMLElement {
  const list = h("ul", { class: "numbers", role: "list" });
  for (const { number, place } of numbers) {
    const label = place ? t("call_place", { number, place }) : t("call", { number });
    list.append(h("li", {}, callLink(number, label)));
  }
  return h("div", { class: "emergency-numbers" }, h("p", {}, t("emergency_text")), list);
}

/** Says that Charley can't be reached, what to do in an emergency, and offers to try again. */
export function unreachable(emergency: Emergency, retry: () => void): HTMLElement[] {
  return [
    h("p", {}, h("strong", {}, t("unreachable"))),
    h("button", { type: "button", class: "option", onclick: retry }, t("try_again")),
    emergencyNumbers(emergency),
  ];
}
