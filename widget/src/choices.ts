import { h } from "./dom";
import type { Choices, Reply, Saying } from "./protocol";
import { t } from "./strings";

/** Buttons of one tap. Whoever holds the `options` class is taken away after use. */
export function quickReplies(options: { title: string; saying: Saying }[], say: (saying: Saying) => void): HTMLElement {
  const group = h("div", { class: "options", role: "group", "aria-label": t("options") });
  group.append(...options.map(({ title, saying }) => h("button", { type: "button", class: "option", onclick: () => say(saying) }, title)));
  return group;
}

/** The buttons of a reply. */
export function buttonsOf(reply: Reply, say: (saying: Saying) => void): HTMLElement | null {
  if (!reply.buttons.length) return null;
  return quickReplies(reply.buttons.map(({ title, payload }) => ({ title, saying: { payload, title } })), say);
}

/** A question of the check-up: boxes to check, or buttons of one tap. */
export function question(choices: Choices, prompt: string, say: (saying: Saying) => void): HTMLElement {
  const fieldset = h("fieldset", {}, h("legend", {}, prompt));
  const answer = (picked: Choices["options"]): Saying => ({
    payload: `/answer_check_up${JSON.stringify({ question: choices.question, values: picked.map(({ value }) => value) })}`,
    title: picked.map(({ title }) => title).join(", ") || (choices.none ?? ""),
  });
  if (choices.multiple) {
    fieldset.append(checkBoxes(choices, (picked) => say(answer(picked))));
  } else {
    const options = choices.options.map((option) => ({ title: option.title, saying: answer([option]) }));
    if (choices.none !== null) options.push({ title: choices.none, saying: answer([]) });
    fieldset.append(quickReplies(options, say));
  }
  return fieldset;
}

/** Makes a question inert: its prompt stays as text. */
export function retireQuestion(fieldset: HTMLFieldSetElement): void {
  fieldset.replaceWith(h("p", {}, fieldset.querySelector("legend")?.textContent));
}

function checkBoxes({ options, none }: Choices, send: (picked: Choices["options"]) => void): HTMLElement {
  const box = () => h("input", { type: "checkbox" });
  const boxes = options.map(box);
  const noneBox = none === null ? null : box();
  const error = h("p", { class: "error", role: "alert" });
  const line = (input: HTMLInputElement, title: string) => h("label", { class: "check" }, input, h("span", {}, title));
  const form = h(
    "form",
    {
      class: "options checks",
      onchange: ({ target }) => {
        error.replaceChildren();
        if (target === noneBox) for (const other of boxes) other.checked = false;
        else if (noneBox) noneBox.checked = false;
      },
      onsubmit: (event) => {
        event.preventDefault();
        const picked = options.filter((_, at) => boxes[at]?.checked);
        if (picked.length || noneBox?.checked) send(picked);
        else {
          error.replaceChildren(t("choose_one"));
          error.scrollIntoView({ block: "nearest" });
        }
      },
    },
    ...boxes.map((input, at) => line(input, options[at]?.title ?? "")),
    noneBox && line(noneBox, none ?? ""),
    h("button", { class: "option" }, t("send")),
    error,
  );
  return form;
}
