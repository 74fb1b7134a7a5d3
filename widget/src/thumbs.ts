import { h, icon } from "./dom";
import { ICONS } from "./icons";
import type { Thumb } from "./protocol";
import { t } from "./strings";

/** Two buttons that say whether an answer helped; pressing one again takes it back. */
export function thumbs(
  given: Thumb,
  send: (value: Thumb) => Promise<boolean>,
  announce: (text: string) => void,
): HTMLElement {
  const values = ["up", "down"] as const;
  const show = (value: Thumb) => values.forEach((own, at) => buttons[at]?.setAttribute("aria-pressed", String(own === value)));
  const press = async (own: "up" | "down") => {
    const before = given;
    given = given === own ? null : own;
    show(given);
    if (await send(given)) {
      if (given) announce(t("thumb_thanks"));
    } else {
      given = before;
      show(given);
      announce(t("thumb_failed"));
    }
  };
  const buttons = values.map((own) =>
    h("button", { type: "button", class: "thumb", "aria-label": t(`thumb_${own}`), onclick: () => void press(own) }, icon(ICONS[own])),
  );
  show(given);
  return h("div", { class: "thumbs", role: "group", "aria-label": t("helped") }, h("span", { "aria-hidden": "true" }, t("helped")), ...buttons);
}
