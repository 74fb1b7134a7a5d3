"""The frame of the page: header, tabs, and where what goes wrong is told."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from dash import Dash, Input, Output, callback, clientside_callback, dcc, html, no_update, set_props
from flask import Flask, Response, send_from_directory, session

from charley.trainers.page import access, parts
from charley.trainers.page.access import Access
from charley.trainers.page.desk import NAME, Desk, desk
from charley.trainers.page.preview import DRAWINGS
from charley.trainers.page.standing import standing
from charley.trainers.page.tabs import TABS, Tab

logger = logging.getLogger(__name__)
TITLE = "Charley for trainers"
SOON, LATER = 1000, 10_000  # milliseconds between looks at what has changed, while loading and after
PICTURES = Path(__file__).resolve().parents[3] / "widget" / "drawings"
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>{%metas%}<title>{%title%}</title><link rel="icon" href="data:,">{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""
# The tab's name is the document's, and where one arrives by a link, so do the eyes of a screen reader.
NAME_AND_FOCUS = """
(name, before) => {
    document.title = name + " · Charley for trainers";
    if (before && before !== name) document.querySelector("h1").focus();
    return name;
}
"""


def make_app(desk: Desk, access_: Access) -> Dash:
    """The page as a Dash app, nothing of which is served to who may not see it."""
    app = Dash(
        TITLE,
        server=Flask(__name__),
        assets_folder=str(Path(__file__).parent / "assets"),
        index_string=INDEX,
        title=TITLE,
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,  # what a callback speaks of stands in its tab alone
        on_error=_tell,
        compress=False,
    )
    app.server.extensions[NAME] = desk
    app.server.add_url_rule(f"{DRAWINGS}/<path:name>", "drawings", _drawing)
    app.layout = _frame
    access.guard(app.server, access_, app.csp_hashes())
    return app


def _frame() -> html.Div:
    return html.Div(
        [
            dcc.Location(id="address"),
            dcc.Store(id="tab-name"),
            dcc.Interval(id="clock", interval=SOON),
            html.A("Skip to the content", href="#content", className="skip"),
            html.Header(
                [
                    html.P(["Charley ", html.Span("for trainers")], className="name"),
                    html.Div(id="standing"),
                    _log_out(),
                ]
            ),
            html.Nav(id="tabs", **{"aria-label": "Tabs"}),
            html.Div(id="told", **{"aria-live": "assertive"}),
            html.Main(id="content", tabIndex=-1),
        ]
    )


def _log_out() -> html.Form | None:
    if "name" not in session:
        return None
    return html.Form(
        html.Button(f"Log out {session['name']}", type="submit"), method="post", action=access.LOGOUT
    )


@callback(
    Output("content", "children"),
    Output("tabs", "children"),
    Output("tab-name", "data"),
    Output("told", "children"),
    Input("address", "pathname"),
    Input("address", "search"),
)
def show(path: str | None, search: str | None) -> tuple[Any, Any, str, None]:
    """The tab that the address names, opened with what stands after its question mark."""
    tab = next((tab for tab in TABS if tab.path == (path or "/").rstrip("/")), None) or TABS[0]
    query = {key: value for key, value in parse_qsl((search or "").lstrip("?")) if key in tab.takes}
    links = html.Ul([html.Li(_to(each, tab)) for each in TABS])
    heading = html.H1(tab.name, tabIndex=-1)
    try:
        content = tab.layout(**query)
    except Exception as error:
        content = parts.problem(_in_words(error))
    return [heading, html.Div(content)], links, tab.name, None


def _to(tab: Tab, current: Tab) -> dcc.Link:
    # Dash's link takes no aria-current, so that which tab this is stands in its text.
    if tab is not current:
        return dcc.Link(tab.name, href=tab.path)
    return dcc.Link(
        [tab.name, html.Span(" (this tab)", className="unseen")], href=tab.path, className="current"
    )


clientside_callback(NAME_AND_FOCUS, Output("tab-name", "modified_timestamp"), Input("tab-name", "data"))


@callback(
    Output("standing", "children"),
    Output("clock", "interval"),
    Input("clock", "n_intervals"),
)
def stand(_: int) -> tuple[Any, int]:
    """Which model answers, and whether what it was made from has changed; loads a new one where there is one."""
    desk().refresh()
    return standing(desk()), SOON if desk().is_loading else LATER


@callback(
    Output("told", "children", allow_duplicate=True),
    Input("told-close", "n_clicks"),
    prevent_initial_call=True,
)
def close(clicks: int) -> Any:
    return None if clicks else no_update


def _tell(error: Exception) -> None:
    """What went wrong in a callback, in a line at the top of the page; what the callback would change stays."""
    told = [parts.problem(_in_words(error)), parts.button("Close", "told-close")]
    set_props("told", {"children": html.Div(told, className="told")})


def _in_words(error: Exception) -> str:
    """Never more than a known error's own words: others may hold what a person wrote."""
    if type(error).__module__.startswith("charley."):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
    return f"Something went wrong ({type(error).__name__}). Nothing was changed. The log says where."


def _drawing(name: str) -> Response:
    return send_from_directory(PICTURES, name)
