import { h } from "./dom";
import { t } from "./strings";

const GAP = 12;

/** The part of the chat that scrolls. */
export class Scroll {
  readonly element: HTMLElement;
  private atEnd = false;

  constructor(...content: HTMLElement[]) {
    const onscroll = () => {
      const { scrollTop, scrollHeight, clientHeight } = this.element;
      this.atEnd = scrollHeight - scrollTop - clientHeight < GAP;
    };
    // Focusable, so that it can be scrolled with the keys.
    this.element = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("chat"), onscroll }, ...content);
    // A keyboard on the screen, or a growing input, must not hide the last words.
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.element);
  }

  /** Shows the end. */
  toEnd(): void {
    this.element.scrollTo({ top: this.element.scrollHeight, behavior: "instant" });
  }

  /** Shows a new message from its beginning, or the end where there is none. */
  show(item: Element | null): void {
    if (item instanceof HTMLElement) this.element.scrollTo({ top: item.offsetTop - GAP });
    else this.toEnd();
  }
}
