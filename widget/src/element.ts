import { widgetBase } from "./base";
import { Chat } from "./chat";
import { h, icon } from "./dom";
import { builtInEmergency, unreachable } from "./emergency";
import { Header } from "./header";
import { ICONS } from "./icons";
import { language, loadLanguage, t } from "./strings";
import css from "./style.css?inline";

/** The attributes of the element, and of the script tag with `data-` before them. */
export const OPTIONS = ["server", "language", "country", "position", "opening", "accent", "label"] as const;

const styles = new CSSStyleSheet();
styles.replaceSync(css);

/** <charley-chat>: a button that opens the chat. Nothing is loaded before that. */
export class CharleyChat extends HTMLElement {
  private readonly own = new CSSStyleSheet();
  private readonly launcher = h("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: () => this.open() });
  private readonly panel = h("div", {
    class: "panel",
    role: "dialog",
    tabindex: -1,
    hidden: true,
    onkeydown: (event) => this.onKey(event as KeyboardEvent),
  });
  private readonly root = h("div", { class: "root" }, this.launcher, this.panel);
  private readonly fullScreen = matchMedia("(max-width: 480px), (max-height: 499px)");
  private header: { closeDrawer(): boolean } | null = null;
  private chat: Chat | null = null;
  private starting = false;

  constructor() {
    super();
    this.own.replaceSync(":host {}");
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [styles, this.own];
    shadow.append(this.root);
  }

  connectedCallback(): void {
    const label = this.getAttribute("label") ?? t("launcher");
    this.launcher.replaceChildren(icon(ICONS.mark), h("span", {}, label));
    this.root.classList.toggle("left", this.getAttribute("position") === "left");
    this.setStyle("--charley-accent", this.getAttribute("accent"));
    this.speak();
    this.fullScreen.addEventListener("change", this.fit);
    visualViewport?.addEventListener("resize", this.fit);
    if (!this.panel.hidden) this.chat?.connect();
  }

  disconnectedCallback(): void {
    this.fullScreen.removeEventListener("change", this.fit);
    visualViewport?.removeEventListener("resize", this.fit);
    this.chat?.disconnect();
  }

  /** Opens the chat. */
  open(): void {
    if (!this.panel.hidden) return;
    this.launcher.hidden = true;
    this.panel.hidden = false;
    this.fit();
    this.tell("charley-open");
    if (this.chat) {
      this.chat.connect();
      this.chat.focus();
    } else if (!this.starting) {
      void this.start();
    }
  }

  /** Closes the chat and gives the focus back to the button that opens it. */
  close(): void {
    if (this.panel.hidden) return;
    this.header?.closeDrawer();
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.launcher.focus();
    this.tell("charley-close");
  }

  // Until the language file is there, a small panel with built-in words stands in.
  private async start(): Promise<void> {
    const base = widgetBase(this.getAttribute("server"));
    const header = new Header({ close: () => this.close(), emergency: builtInEmergency });
    const body = h("div", { class: "scroll" }, h("p", { role: "status" }, t("loading")));
    this.show(header, [header.element, body]);
    this.panel.focus();
    this.starting = true;
    try {
      await loadLanguage(base, this.getAttribute("language"));
      this.begin(base);
    } catch {
      const alert = h("div", { class: "alert", role: "alert" });
      body.replaceChildren(alert);
      alert.append(...unreachable(builtInEmergency(), () => void this.start()));
    } finally {
      this.starting = false;
    }
  }

  private begin(base: URL): void {
    const chat = new Chat({
      base,
      country: this.getAttribute("country"),
      opening: this.getAttribute("opening"),
      close: () => this.close(),
      spoke: (from) => this.tell("charley-message", { from }),
    });
    this.chat = chat;
    this.speak();
    const focused = this.panel.matches(":focus-within");
    this.show(chat, chat.nodes);
    if (focused) chat.focus();
    chat.connect();
  }

  private show(header: { closeDrawer(): boolean }, nodes: HTMLElement[]): void {
    this.header = header;
    this.panel.replaceChildren(...nodes);
  }

  private speak(): void {
    this.root.lang = language();
    this.root.dir = t("dir") === "rtl" ? "rtl" : "ltr";
    this.panel.setAttribute("aria-label", `${t("title")}. ${t("subtitle")}`);
  }

  private readonly fit = (): void => {
    this.panel.setAttribute("aria-modal", String(this.fullScreen.matches));
    // A keyboard on the screen covers the page without making it smaller.
    this.setStyle("--height", visualViewport?.scale === 1 ? `${visualViewport.height}px` : null);
  };

  private onKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      if (!this.header?.closeDrawer()) this.close();
    } else if (event.key === "Tab" && this.fullScreen.matches) {
      this.keepInside(event);
    }
  }

  private keepInside(event: KeyboardEvent): void {
    const all = this.panel.querySelectorAll<HTMLElement>("a[href], button, input, textarea, summary, [tabindex='0']");
    const stops = [...all].filter((element) => element.checkVisibility());
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    const active = this.shadowRoot?.activeElement;
    if (active !== from && active !== this.panel) return;
    event.preventDefault();
    to?.focus();
  }

  private setStyle(name: string, value: string | null): void {
    const rule = this.own.cssRules[0] as CSSStyleRule;
    if (value === null) rule.style.removeProperty(name);
    else rule.style.setProperty(name, value);
  }

  private tell(type: string, detail?: { from: "person" | "charley" }): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }
}
