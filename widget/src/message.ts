import { callable, list, paragraph, paragraphsOf, plain, textNodes, type Inline } from "./blocks";
import { buttonsOf, question } from "./choices";
import { h, icon } from "./dom";
import { ICONS } from "./icons";
import type { Block, Emergency, Picture, Reply, Saying, Source, Thumb } from "./protocol";
import { t } from "./strings";
import { table } from "./table";
import { takeAway } from "./take-away";
import { thumbs } from "./thumbs";

/** What a message needs of the chat it stands in. */
export interface Context {
  base: URL;
  emergency(): Emergency;
  say(saying: Saying): void;
  thumb(id: string, index: number, value: Thumb): Promise<boolean>;
  announce(text: string): void;
}

/** Where a reply stands: the message it answers, its number among the replies, and the thumb given to it. */
export interface Place {
  id: string | null;
  index: number;
  thumb: Thumb;
}

/** What a reply of Charley looks like: its bubble, and the buttons below it. */
export function message(reply: Reply, place: Place, context: Context): (Node | null)[] {
  const { kind, care_level, choices } = reply.metadata;
  const level = kind === "care" ? care_level : "none";
  const asks = choices?.question !== undefined;
  const body = h("div", { class: "body" });
  body.append(...(asks ? [question(choices, choices.prompt ?? reply.text, context.say)] : content(reply, place, context)));
  const bubble = h("div", { class: `bubble ${level}` }, level !== "none" && banner(level), body);
  return [bubble, asks ? null : buttonsOf(reply, context.say)];
}

function content(reply: Reply, { id, index, thumb }: Place, context: Context): Node[] {
  const { kind, sources, summary } = reply.metadata;
  const nodes = said(reply, kind === "care" ? callable(context.emergency().numbers) : plain, context.base);
  if (sources?.length) nodes.push(sourceList(sources));
  if (summary) nodes.push(h("div", { class: "tools" }, ...takeAway(() => reply.text, t("summary_file"), context.announce)));
  if (kind === "answer" && id !== null) nodes.push(thumbs(thumb, (value) => context.thumb(id, index, value), context.announce));
  return nodes;
}

function said({ text, metadata }: Reply, inline: Inline, base: URL): Node[] {
  if (metadata.blocks?.length) {
    const [first = [], ...others] = metadata.blocks.map((block) => draw(block, inline));
    // The drawings show what the first block tells to do; what to take care of comes after.
    return [...first, ...drawings(metadata.pictures ?? [], base), ...others.flat()];
  }
  const paragraphs = paragraphsOf(text);
  if (metadata.sources?.length && paragraphs.at(-1)?.startsWith(t("sources_paragraph"))) paragraphs.pop();
  return textNodes(paragraphs, inline);
}

function draw(block: Block, inline: Inline): Node[] {
  if (block.type === "table") return [table(block, inline)];
  if (block.type === "text") return textNodes(paragraphsOf(block.text), inline);
  const { opening, items } = block;
  if (items.length < 2) return [paragraph([[opening, ...items].filter(Boolean).join(" ")], inline)];
  return [...(opening ? [paragraph([opening], inline)] : []), list(items, inline)];
}

function banner(level: Exclude<Reply["metadata"]["care_level"], "none">): HTMLElement {
  return h("p", { class: `banner ${level}` }, icon(ICONS[level]), h("strong", {}, t(`care_${level}`)));
}

function drawings(pictures: Picture[], base: URL): Node[] {
  return pictures.length ? [h("div", { class: "drawings" }, ...pictures.map((picture) => figure(picture, base)))] : [];
}

function figure({ name, alt, caption }: Picture, base: URL): HTMLElement {
  const src = new URL(`drawings/${encodeURIComponent(name)}.svg`, base).href;
  // The size keeps the place until the drawing is there.
  const image = h("img", { alt, width: 320, height: 240, loading: "lazy", src });
  return h("figure", {}, image, h("figcaption", {}, caption));
}

function sourceList(sources: Source[]): HTMLElement {
  const count = sources.length;
  const items = sources.map(({ title, url }) => h("li", {}, sourceLink(title, url)));
  return h("details", {}, h("summary", {}, count === 1 ? t("source") : t("sources", { count })), h("ul", {}, ...items));
}

function sourceLink(title: string, url: string | null): Node {
  if (!url || !/^https?:\/\//i.test(url)) return new Text(title);
  const hint = h("span", { class: "hidden" }, ` ${t("new_tab")}`);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, title, hint);
}
