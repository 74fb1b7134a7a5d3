"""Which model and facts answer now, in the page's header."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html

from charley.knowledge import KnowledgeError
from charley.rasa import training
from charley.trainers.page.desk import Desk, NotReady
from charley.trainers.page.parts import lines


def standing(desk: Desk) -> list[Any]:
    """Lines on the model, on data/, and on what is wrong with either."""
    parts: list[Any] = [html.P(_model(desk), role="status")]
    if desk.is_loading:
        parts.append(html.Progress(**{"aria-label": "The assistant is being loaded"}))
    if desk.problem:
        parts.append(lines(desk.problem, "problem"))
    try:
        _, problem = desk.knowledge()
    except (NotReady, KnowledgeError) as error:
        problem = str(error)
    if problem:
        goes_on = "data/ can't be used as it stands; the last good model goes on answering. Mend this:"
        parts.append(lines(f"{goes_on}\n{problem}", "problem"))
    return parts


def _model(desk: Desk) -> str:
    if not desk.is_ready:
        return "Loading the assistant (about 15 seconds) …" if desk.is_loading else "No assistant answers."
    trained = datetime.fromtimestamp(desk.loaded.stamp[0] / 1e9)
    facts = len(desk.loaded.knowledge.table.facts)
    told = f"Answering: the model of {trained:%-d %B %Y, %H:%M}, with {facts} facts."
    if desk.is_loading:
        return f"{told} A newer one is being loaded …"
    fresh = training.is_current()
    return f"{told} {'Nothing has changed since.' if fresh else 'data/ or code has changed since: charley train takes it in.'}"
