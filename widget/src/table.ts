import type { Inline } from "./blocks";
import { h } from "./dom";
import type { Table } from "./protocol";
import { t } from "./strings";

let count = 0;

/** A comparison as a table, in a region that scrolls sideways where it is too wide. */
export function table({ columns, rows }: Table, inline: Inline): HTMLElement {
  const head = h("tr", {}, h("td"), ...columns.map((column) => h("th", { scope: "col" }, column)));
  const body = rows.map(({ title, cells }) =>
    h("tr", {}, h("th", { scope: "row" }, title), ...cells.map((cell) => h("td", {}, ...inline(cell)))),
  );
  const caption = h("caption", {}, h("span", { class: "hidden" }, t("table", { things: columns.join(", ") })));
  // Numbered, because no two regions may have the same name.
  count += 1;
  return h(
    "div",
    { class: "table", role: "region", tabindex: 0, "aria-label": t("table_scroll", { count }) },
    h("table", {}, caption, h("thead", {}, head), h("tbody", {}, ...body)),
  );
}
