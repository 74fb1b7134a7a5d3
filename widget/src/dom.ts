type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (functions become listeners: `onclick`) and children; strings are only ever text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child instanceof Node || typeof child === "string"));
  return element;
}

/** A decorative drawing of 24 x 24 units from path data: a line, and what is filled. */
export function icon([line, filled]: string[] = []): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path(line, "line"), path(filled, "filled"));
  return svg;
}

function path(data = "", kind: string): SVGPathElement {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("d", data);
  element.setAttribute("class", kind);
  return element;
}
