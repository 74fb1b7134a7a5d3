import { h, icon } from "./dom";
import { emergencyNumbers } from "./emergency";
import { ICONS } from "./icons";
import type { Emergency } from "./protocol";
import { t } from "./strings";

/** What the header needs of the chat. */
export interface Actions {
  close(): void;
  emergency(): Emergency;
  /** The items of the menu; an item that gives content shows it in place of the list. */
  menu?: { label: string; act: () => HTMLElement | void }[];
}

/** The title, the buttons next to it, and the drawer that they open below. */
export class Header {
  readonly element: HTMLElement;
  private readonly drawer = h("div", { class: "drawer", id: "drawer", hidden: true });
  private opener: HTMLElement | null = null;

  constructor(private readonly actions: Actions) {
    const emergency = this.toggle("emergency", t("emergency"), "phone", () => emergencyNumbers(actions.emergency()));
    emergency.append(h("span", {}, t("emergency")));
    const menu = actions.menu && this.toggle("menu", t("menu"), "menu", () => this.menuList());
    const close = h("button", { type: "button", class: "tool", "aria-label": t("close"), onclick: actions.close }, icon(ICONS.close));
    this.element = h(
      "div",
      { class: "top" },
      h("div", { class: "header" }, icon(ICONS.mark), h("h2", {}, t("title")), emergency, menu, close),
      h("p", { class: "subtitle" }, t("subtitle")),
      this.drawer,
    );
  }

  /** Closes the drawer and gives the focus back to its button; gives whether it was open. */
  closeDrawer(): boolean {
    const opener = this.opener;
    if (!opener) return false;
    opener.setAttribute("aria-expanded", "false");
    this.opener = null;
    const inside = this.drawer.contains((this.drawer.getRootNode() as ShadowRoot).activeElement);
    this.drawer.hidden = true;
    this.drawer.replaceChildren();
    if (inside) opener.focus();
    return true;
  }

  private toggle(kind: string, label: string, drawing: "phone" | "menu", content: () => HTMLElement): HTMLElement {
    const button = h(
      "button",
      {
        type: "button",
        class: `tool ${kind}`,
        "aria-label": label,
        "aria-expanded": "false",
        "aria-controls": "drawer",
        onclick: () => {
          const wasOpen = this.opener === button;
          this.closeDrawer();
          if (wasOpen) return;
          this.opener = button;
          button.setAttribute("aria-expanded", "true");
          this.drawer.replaceChildren(content());
          this.drawer.hidden = false;
        },
      },
      icon(ICONS[drawing]),
    );
    return button;
  }

  private menuList(): HTMLElement {
    const list = h("ul", { class: "menu-list", role: "list" });
    for (const { label, act } of this.actions.menu ?? []) {
      const onclick = () => {
        const next = act();
        if (!next) return this.closeDrawer();
        this.drawer.replaceChildren(next);
        this.drawer.scrollTop = 0;
        next.focus({ preventScroll: true });
      };
      list.append(h("li", {}, h("button", { type: "button", onclick }, label)));
    }
    return list;
  }
}
