import { quickReplies } from "./choices";
import { Composer } from "./composer";
import { Connection, type Failure, type Listener, type State } from "./connection";
import { h } from "./dom";
import { builtInEmergency, unreachable } from "./emergency";
import { Header } from "./header";
import { Log } from "./log";
import type { Emergency, Reply, Saying, Session } from "./protocol";
import { Scroll } from "./scroll";
import { t } from "./strings";
import { copyText, printText, saveText } from "./take-away";

/** What the embedding page may choose, and what it is told. */
export interface Options {
  base: URL;
  country: string | null;
  opening: string | null;
  close(): void;
  spoke(from: "person" | "charley"): void;
}

/** The open chat: it joins the connection with what is seen of it. */
export class Chat implements Listener {
  private emergency: Emergency = builtInEmergency();
  private readonly log: Log;
  private readonly header: Header;
  private readonly composer = new Composer((text) => this.say({ text }));
  private readonly connection: Connection;
  private readonly typing = h("div", { class: "typing", role: "status" });
  private readonly alert = h("div", { class: "alert", role: "alert" });
  private readonly attempts = h("span", { "aria-hidden": "true" });
  private readonly status = h("p", { class: "status", role: "status" });
  private readonly scroll: Scroll;
  // Messages that the server has not said to have.
  private readonly unsent = new Set<string>();
  private connected = false;
  private fresh = true;
  readonly nodes: HTMLElement[];

  constructor(private readonly options: Options) {
    const announce = (text: string) => this.announce(text);
    this.log = new Log({
      base: options.base,
      emergency: () => this.emergency,
      say: (saying) => this.say(saying),
      thumb: (id, index, value) => this.connection.thumb(id, index, value),
      announce,
    });
    this.header = new Header({
      close: options.close,
      emergency: () => this.emergency,
      menu: [
        { label: t("menu_ask"), act: () => this.say({ text: t("say_ask") }) },
        { label: t("menu_start_again"), act: () => this.say({ text: t("say_start_again") }) },
        { label: t("menu_copy"), act: () => void copyText(this.log.text(), announce) },
        { label: t("menu_print"), act: () => printText(this.log.text(), announce) },
        { label: t("menu_save"), act: () => saveText(this.log.text(), t("chat_file"), announce) },
        { label: t("menu_forget"), act: () => this.forgetSure() },
      ],
    });
    this.scroll = new Scroll(this.log.element, this.typing, this.alert);
    this.nodes = [this.header.element, this.scroll.element, this.status, this.composer.element];
    this.connection = new Connection(options.base, this, options.country);
    if (!this.connection.known) this.open();
  }

  /** Connects, unless it is connected. */
  connect(): void {
    this.connection.open();
  }

  /** Ends the connection. */
  disconnect(): void {
    this.connection.close();
  }

  /** Puts the focus into the box to write in. */
  focus(): void {
    this.composer.focus();
  }

  /** Closes what Esc closes before the chat itself; gives whether there was anything. */
  closeDrawer(): boolean {
    return this.header.closeDrawer();
  }

  state(state: State, attempt: number): void {
    if (this.holdsFocus(this.alert)) this.focus();
    this.alert.replaceChildren();
    this.connected = state === "connected";
    if (this.connected) return this.announce(this.fresh ? "" : t("back"));
    for (const id of this.unsent) this.log.mark(id, t("not_sent_yet"));
    this.showTyping();
    if (state === "unreachable") this.unreachable();
    else this.trying(t(state), attempt);
  }

  session(session: Session, ended: boolean): void {
    this.emergency = session.emergency;
    this.composer.max = session.max_characters;
    for (const { id } of session.history) if (id) this.settle(id);
    if (this.fresh) {
      this.fresh = false;
      this.log.silently(() => {
        this.log.history(session.history);
        if (this.log.bare) this.open();
      });
      if (ended) this.announce(t("new_chat"));
      if (session.history.length) this.scroll.toEnd();
    } else {
      this.reveal(() => {
        if (ended) this.log.divider(t("new_chat"));
        this.log.history(session.history);
      });
    }
  }

  received(id: string): void {
    this.settle(id);
    this.announce("");
  }

  delayed(error: "rate_limited" | "busy", count: number): void {
    this.announce(t(error, { count }));
  }

  failed(id: string, failure: Failure): void {
    this.log.mark(id, t(failure), () => {
      this.focus();
      this.log.mark(id, null);
      this.connection.retry(id);
    });
    this.announce(t(failure === "not_sent" ? "send_failed" : "answer_failed"));
    this.showTyping();
    this.scroll.toEnd();
  }

  answer(id: string, replies: Reply[]): void {
    this.settle(id);
    if (this.log.answered(id)) return;
    this.reveal(() => replies.forEach((reply, index) => this.log.reply(reply, { id, index, thumb: null })));
    this.options.spoke("charley");
  }

  said(id: string, text: string): void {
    if (!this.log.has(id)) this.reveal(() => this.log.person(id, text));
  }

  forgotten(): void {
    this.empty();
    this.log.divider(t("forgotten"));
    if (!this.connection.waiting.length) this.open();
  }

  private say(saying: Saying): void {
    const onOption = this.holdsFocus(this.log.element);
    const id = this.connection.say(saying);
    this.unsent.add(id);
    this.log.person(id, "text" in saying ? saying.text : saying.title);
    if (!this.connected) this.log.mark(id, t("not_sent_yet"));
    if (onOption) this.focus();
    this.scroll.toEnd();
    this.options.spoke("person");
  }

  // The server has this message, or has even answered it.
  private settle(id: string): void {
    if (this.unsent.delete(id)) this.log.mark(id, null);
    this.showTyping();
  }

  private showTyping(): void {
    const shown = this.typing.hasChildNodes();
    if (!this.connected || !this.connection.awaiting) this.typing.replaceChildren();
    else if (!shown) {
      const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
      this.typing.append(dots, t("typing"));
      this.scroll.toEnd();
    }
  }

  private trying(text: string, attempt: number): void {
    if (this.status.firstChild?.textContent !== text) this.status.replaceChildren(text, " ", this.attempts);
    this.attempts.textContent = attempt > 1 ? t("attempt", { count: attempt }) : "";
  }

  private unreachable(): void {
    this.announce("");
    this.alert.append(...unreachable(this.emergency, () => this.connect()));
    this.scroll.toEnd();
  }

  private announce(text: string): void {
    this.status.replaceChildren(text);
  }

  private reveal(draw: () => void): void {
    const last = this.log.last;
    draw();
    this.scroll.show(last?.nextElementSibling ?? null);
  }

  private open(): void {
    const lines = [this.options.opening ?? t("opening"), t("opening_can"), t("opening_not"), t("opening_kept")];
    const starters = [t("starter_1"), t("starter_2"), t("starter_3")].map((text) => ({ title: text, saying: { text } }));
    this.log.opening(lines, quickReplies(starters, (saying) => this.say(saying)));
  }

  private forgetSure(): HTMLElement {
    const forget = async () => {
      this.header.closeDrawer();
      const lastWords = await this.connection.forget();
      if (!lastWords) return this.announce(t("forget_failed"));
      this.empty();
      this.announce("");
      lastWords.forEach((reply, index) => this.log.reply(reply, { id: null, index, thumb: null }));
    };
    return h(
      "div",
      { class: "sure", role: "group", tabindex: -1, "aria-label": t("forget_sure") },
      h("p", {}, t("forget_sure")),
      h("button", { type: "button", class: "option danger", onclick: () => void forget() }, t("forget_yes")),
      h("button", { type: "button", class: "option", onclick: () => this.header.closeDrawer() }, t("forget_no")),
    );
  }

  // All but what waits to be sent, which belongs to the next conversation.
  private empty(): void {
    const kept = this.connection.waiting;
    for (const id of this.unsent) if (!kept.includes(id)) this.unsent.delete(id);
    this.log.clear(kept);
    this.showTyping();
  }

  private holdsFocus(element: HTMLElement): boolean {
    return element.contains((element.getRootNode() as ShadowRoot).activeElement);
  }
}
