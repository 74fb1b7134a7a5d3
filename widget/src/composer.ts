import { h } from "./dom";
import { t } from "./strings";

const NEAR = 100;
const MAX_ROWS = 5;

/** The box to write in. */
export class Composer {
  private readonly counter = h("p", { class: "counter", id: "counter", hidden: true });
  private readonly error = h("p", { class: "error", role: "alert" });
  private readonly input = h("textarea", {
    id: "input",
    rows: 1,
    placeholder: t("input"),
    "aria-describedby": "counter",
    enterkeyhint: "send",
    autocomplete: "off",
    oninput: () => this.check(),
    onkeydown: (event) => {
      const { key, shiftKey, isComposing } = event as KeyboardEvent;
      if (key !== "Enter" || shiftKey || isComposing) return;
      event.preventDefault();
      this.submit();
    },
  });
  readonly element = h(
    "form",
    {
      class: "composer",
      onsubmit: (event) => {
        event.preventDefault();
        this.submit();
      },
    },
    this.error,
    h("label", { class: "hidden", for: "input" }, t("input")),
    h("div", { class: "write" }, this.input, h("button", { class: "send" }, t("send"))),
    this.counter,
  );

  /** The most characters that a message may have; the server names it. */
  max = 1000;

  constructor(private readonly send: (text: string) => void) {}

  /** Puts the focus into the box. */
  focus(): void {
    this.input.focus();
  }

  private submit(): void {
    const text = this.input.value.trim();
    if (!text) return;
    if (this.over() > 0) {
      // Emptied first, so that it is read out again.
      this.error.replaceChildren();
      this.check();
      return;
    }
    this.input.value = "";
    this.check();
    this.send(text);
  }

  private check(): void {
    const over = this.over();
    this.counter.hidden = over < -NEAR;
    this.counter.textContent = over > 0 ? t("over", { count: over }) : t("left", { count: -over });
    if (over <= 0) this.error.replaceChildren();
    else if (!this.error.hasChildNodes()) this.error.append(t("too_long"));
    this.input.setAttribute("aria-invalid", String(over > 0));
    this.grow();
  }

  // The server counts characters, not the code units of JavaScript.
  private over(): number {
    return [...this.input.value.trim()].length - this.max;
  }

  private grow(): void {
    const { input } = this;
    input.rows = 1;
    while (input.rows < MAX_ROWS && input.scrollHeight > input.clientHeight) input.rows += 1;
  }
}
