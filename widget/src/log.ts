import { retireQuestion } from "./choices";
import { paragraphsOf, textNodes } from "./blocks";
import { h } from "./dom";
import { message, type Context, type Place } from "./message";
import type { Entry, Reply } from "./protocol";
import { t } from "./strings";

const SILENT_MS = 300;

/** The messages of the chat, as they are drawn and as they are taken away. */
export class Log {
  private readonly list = h("ol", { role: "list" });
  readonly element = h(
    "div",
    { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": t("log") },
    this.list,
  );
  private readonly persons = new Map<string, HTMLElement>();
  private readonly answers = new Set<string>();
  private transcript: string[] = [];

  constructor(private readonly context: Context) {}

  /** Whether nothing is drawn. */
  get bare(): boolean {
    return !this.list.hasChildNodes();
  }

  /** The last thing drawn. */
  get last(): Element | null {
    return this.list.lastElementChild;
  }

  /** Draws without having it read out. */
  silently(draw: () => void): void {
    this.element.setAttribute("aria-live", "off");
    this.element.setAttribute("aria-busy", "true");
    draw();
    setTimeout(() => {
      this.element.removeAttribute("aria-busy");
      this.element.setAttribute("aria-live", "polite");
    }, SILENT_MS);
  }

  /** Draws whatever of a history is not there yet. */
  history(entries: Entry[]): void {
    const answered = new Set(this.answers);
    for (const entry of entries) {
      if (entry.from === "person") {
        if (!entry.id || !this.persons.has(entry.id)) this.person(entry.id, entry.text);
      } else if (!entry.id || !answered.has(entry.id)) {
        this.reply(entry.reply, entry);
      }
    }
    this.sinkUnsent();
  }

  /** Draws what the person said; whatever was offered before is taken away. */
  person(id: string | null, text: string): void {
    this.retire();
    const bubble = h("div", { class: "bubble" }, ...textNodes(paragraphsOf(text)));
    const item = this.item("person", t("you_said"), bubble);
    if (id) this.persons.set(id, item);
    this.transcript.push(`${t("you")}: ${text}`);
  }

  /** Whether the answer to a message is drawn. */
  answered(id: string): boolean {
    return this.answers.has(id);
  }

  /** Draws one reply of Charley. */
  reply(reply: Reply, place: Place): void {
    if (place.id) {
      this.answers.add(place.id);
      this.mark(place.id, null);
    }
    this.item("charley", t("charley_says"), ...message(reply, place, this.context));
    this.transcript.push(`${t("charley")}: ${reply.text}`);
  }

  /** Draws Charley's first words, which are not part of the conversation. */
  opening(paragraphs: string[], options: HTMLElement): void {
    this.item("charley opening", t("charley_says"), h("div", { class: "bubble" }, h("div", { class: "body" }, ...textNodes(paragraphs))), options);
  }

  /** Draws a line across; messages that were not sent yet go below it. */
  divider(text: string): void {
    this.list.append(h("li", { class: "divider" }, text));
    this.sinkUnsent();
  }

  /** Says of a message of the person's that it was not sent, or no longer says so. */
  mark(id: string, text: string | null, retry?: () => void): void {
    const item = this.persons.get(id);
    item?.querySelector(".state")?.remove();
    item?.classList.toggle("unsent", text !== null);
    if (text === null) return;
    const again = retry && h("button", { type: "button", class: "small", onclick: retry }, t("try_again"));
    item?.append(h("div", { class: "state" }, h("span", {}, text), again));
  }

  /** Takes away what was offered for the last turn. */
  retire(): void {
    for (const fieldset of this.list.querySelectorAll("fieldset")) retireQuestion(fieldset);
    for (const options of this.list.querySelectorAll(".options")) options.remove();
  }

  /** Whether a message of the person's is drawn. */
  has(id: string): boolean {
    return this.persons.has(id);
  }

  /** Empties the log but for these messages of the person's. */
  clear(kept: string[]): void {
    const items = kept.map((id) => [id, this.persons.get(id)] as const).filter(([, item]) => item);
    this.list.replaceChildren(...items.map(([, item]) => item as HTMLElement));
    this.persons.clear();
    for (const [id, item] of items) this.persons.set(id, item as HTMLElement);
    this.answers.clear();
    this.transcript = [];
  }

  /** All that was said, as text. */
  text(): string {
    return this.transcript.join("\n\n");
  }

  // What was written while there was no connection comes after all that was said before.
  private sinkUnsent(): void {
    const unsent = this.list.querySelectorAll(".unsent");
    if (unsent.length) this.retire();
    this.list.append(...unsent);
  }

  private item(kind: string, speaker: string, ...content: (Node | null)[]): HTMLElement {
    const item = h("li", { class: kind }, h("span", { class: "hidden" }, `${speaker} `), ...content);
    this.list.append(item);
    return item;
  }
}
