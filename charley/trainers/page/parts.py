"""Pieces of HTML that several tabs use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html
from dash._utils import stringify_id

from charley.care.levels import CareLevel

CHOSEN = "data-value"  # of a list to choose from: see assets/select.js
ROWS = 25  # of one page of a table
LEVELS = {
    CareLevel.NONE.value: "no warning",
    CareLevel.SEE_DOCTOR.value: "see a doctor",
    CareLevel.URGENT_SAME_DAY.value: "urgent, same day",
    CareLevel.EMERGENCY.value: "emergency",
    CareLevel.CRISIS.value: "crisis",
}
Child = Any  # whatever Dash shows: a text, a component, or a list of them


def link(path: str, text: Child, /, **query: str) -> dcc.Link:
    """A link to a tab; `query` is what the tab is opened with."""
    return dcc.Link(text, href=f"{path}?{urlencode(query)}" if query else path)


def badge(text: str, kind: str = "") -> html.Span:
    """A short word set off from its surroundings; `kind` only adds a colour to what the word says."""
    return html.Span(text, className=f"badge {kind}".strip())


def care_badge(level: str) -> html.Span:
    return badge(LEVELS.get(level, level), f"care-{level}")


def share(value: float | None) -> str:
    """A probability or a share in words."""
    return "-" if value is None else f"{value:.0%}" if value >= 0.01 or value == 0 else "under 1%"


def problem(text: str) -> html.P:
    """What went wrong, told at once."""
    return html.P(text, className="problem", role="alert")


def note(text: Child) -> html.P:
    return html.P(text, className="note")


def lines(text: str, kind: str) -> html.Div:
    """A text of several lines, such as all that is wrong with a table."""
    return html.Div([html.P(line) for line in text.splitlines()], className=kind, role="alert")


def labelled(label: str, control: Any, hint: str = "") -> html.Div:
    """A control with its label, and what it is for."""
    told = [html.Span(hint, className="hint")] if hint else []
    return html.Div([html.Label([label, *told], htmlFor=dom_id(control.id)), control], className="field")


def dom_id(id_: Any) -> str:
    """The id that an element has in the document (Dash's own way with ids that are dictionaries)."""
    return id_ if isinstance(id_, str) else stringify_id(id_)


def choice(
    id_: Any, label: str, options: Sequence[tuple[str, str]], value: str = "", every: str = "any"
) -> html.Div:
    """A list to choose one thing from, which stands as CHOSEN in callbacks; "" for none: `every` says what that means."""
    listed = [("", every), *options] if every else options
    shown = [html.Option(name, value=key, selected=key == value) for key, name in listed]
    return labelled(label, html.Select(shown, id=id_, **{CHOSEN: value}))


def text_box(
    id_: Any, label: str, value: str = "", hint: str = "", wait: float | bool = 0.4, **more: Any
) -> html.Div:
    """A line to type in; what is typed counts once nothing was for `wait` seconds, or on Enter."""
    control = dcc.Input(id=id_, type="text", value=value, debounce=wait, autoComplete="off", **more)
    return labelled(label, control, hint)


def button(label: Child, id_: Any, kind: str = "", **more: Any) -> html.Button:
    return html.Button(label, id=id_, n_clicks=0, type="button", className=kind, **more)


def table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[Child]], kind: str = "stacks"
) -> html.Div:
    """A table whose first cells head their rows.

    Args:
        kind: "stacks" for one whose cells stand under one another where the screen is narrow; others scroll.
    """
    body = [
        html.Tr(
            [
                html.Th(first, scope="row"),
                *(
                    html.Td(cell, **{"data-label": name})
                    for name, cell in zip(header[1:], cells, strict=True)
                ),
            ]
        )
        for first, *cells in rows
    ]
    head = html.Tr([html.Th(title, scope="col") for title in header])
    whole = [html.Caption(caption), html.Thead(head), html.Tbody(body)]
    return scrolling(html.Table(whole, className=kind), caption)


def scrolling(content: Child, label: str) -> html.Div:
    """What may be wider than the screen; reached with the keyboard, so that it can be scrolled."""
    return html.Div(content, className="scroll", tabIndex=0, role="region", **{"aria-label": label})


def pager(id_: str, page: int, count: int, what: str, rows: int = ROWS) -> html.Nav:
    """Which part of a long list is shown, and buttons to the parts before and after."""
    last = max(0, (count - 1) // rows)
    page = min(page, last)
    told = (
        f"{page * rows + 1} to {min(count, (page + 1) * rows)} of {count} {what}" if count else f"No {what}"
    )

    def turn(label: str, to: int) -> html.Button:
        return button(label, {"type": id_, "to": to}, disabled=not 0 <= to <= last)

    return html.Nav(
        [turn("Before", page - 1), html.Span(told, role="status"), turn("After", page + 1)],
        className="pager",
        **{"aria-label": f"Pages of {what}"},
    )


def page_of(things: Sequence[Any], page: int) -> Sequence[Any]:
    """The things that stand on one page, counted from 0; of a page too far, those of the last."""
    page = min(page, max(0, (len(things) - 1) // ROWS))
    return things[page * ROWS : (page + 1) * ROWS]


def section(title: str, *content: Child, kind: str = "") -> html.Section:
    return html.Section([html.H2(title), *content], className=kind)


def definition(pairs: Mapping[str, Child]) -> html.Dl:
    """Names with what they are."""
    return html.Dl([part for name, told in pairs.items() for part in (html.Dt(name), html.Dd(told))])
