import { h } from "./dom";
import type { Emergency } from "./protocol";

/** Makes the nodes of a line of text. */
export type Inline = (line: string) => Node[];

/** A line as it is. */
export const plain: Inline = (line) => [new Text(line)];

/** Lines in which the emergency numbers can be called with one tap. */
export function callable(numbers: Emergency["numbers"]): Inline {
  if (!numbers.length) return plain;
  const known = numbers.map(({ number }) => number.replace(/[^\d+ -]/g, "").replace(/\+/g, "\\+"));
  const pattern = new RegExp(`(?<!\\d)(${known.join("|")})(?!\\d)`);
  // Splitting at a group puts the numbers themselves at the odd places.
  return (line) => line.split(pattern).map((part, at) => (at % 2 ? callLink(part, part) : new Text(part)));
}

/** A link that dials a number. */
export function callLink(number: string, label: string): HTMLElement {
  return h("a", { href: `tel:${number.replace(/[^\d+]/g, "")}` }, label);
}

/** The paragraphs of a text. */
export function paragraphsOf(text: string): string[] {
  return text.split(/\n{2,}/).filter((part) => part.trim());
}

/** Paragraphs of text, in which lines that begin with "- " are lists. */
export function textNodes(paragraphs: string[], inline: Inline = plain): Node[] {
  return paragraphs.flatMap((part) =>
    runs(part.split("\n")).map((lines) =>
      isItem(lines[0]) ? list(lines.map((line) => line.slice(2)), inline) : paragraph(lines, inline),
    ),
  );
}

/** A list of lines. */
export function list(items: string[], inline: Inline): HTMLElement {
  return h("ul", {}, ...items.map((item) => h("li", {}, ...inline(item))));
}

/** A paragraph of lines. */
export function paragraph(lines: string[], inline: Inline): HTMLElement {
  return h("p", {}, ...lines.flatMap((line, at) => [at > 0 && h("br"), ...inline(line)]));
}

function isItem(line = ""): boolean {
  return line.startsWith("- ");
}

// Neighbouring lines that are all items of a list, or all none.
function runs(lines: string[]): string[][] {
  const found: string[][] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last && isItem(last[0]) === isItem(line)) last.push(line);
    else found.push([line]);
  }
  return found;
}
