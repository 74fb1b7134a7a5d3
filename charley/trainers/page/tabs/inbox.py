"""The inbox: what people asked in vain, to be accepted as an example, corrected, edited or dismissed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from dash import ALL, MATCH, Input, Output, State, callback, ctx, dcc, html, no_update

from charley.care.levels import CareLevel
from charley.trainers.inbox import Group, Reason, Refused, accept, dismiss, titles, undo
from charley.trainers.inbox.terminal import FOR_A_CLINICIAN, NO_TALKS, NOTHING_WAITS, THEN
from charley.trainers.page.desk import desk
from charley.trainers.page.parts import (
    CHOSEN,
    Child,
    badge,
    button,
    care_badge,
    choice,
    link,
    note,
    pager,
    share,
    text_box,
)

AT_ONCE = 10  # groups of one page


def layout() -> Child:
    """The groups that wait, those with a warning sign first."""
    reasons = [(reason.value, reason.told.capitalize()) for reason in Reason]
    return html.Div(
        [
            html.Div(
                [choice("inbox-reason", "Why it came in", reasons), button("Look again", "inbox-again")],
                className="row",
            ),
            dcc.Store(id="inbox-page", data=0),
            html.Div(id="inbox-list"),
        ]
    )


@callback(
    Output("inbox-list", "children"),
    Output("inbox-page", "data"),
    Input("inbox-reason", CHOSEN),
    Input("inbox-again", "n_clicks"),
    Input({"type": "inbox-turn", "to": ALL}, "n_clicks"),
    State("inbox-page", "data"),
)
def find(reason: str, again: int, turned: list[int], page: int) -> Any:
    """The groups that came in for this reason."""
    by = ctx.triggered_id
    if isinstance(by, Mapping):
        if not any(turned):
            return no_update
        page = int(by["to"])
    else:
        page = 0
    if not desk().talks():
        return note(NO_TALKS), 0
    groups = desk().inbox(anew=not isinstance(by, Mapping))
    groups = [g for g in groups if not reason or any(why.value == reason for why, _ in g.reasons)]
    if not groups:
        return note(NOTHING_WAITS), 0
    shown = groups[page * AT_ONCE : (page + 1) * AT_ONCE]
    intents = _intents()
    return [
        *(html.Section(_form(group, intents), id=_id("group", group)) for group in shown),
        pager("inbox-turn", page, len(groups), "groups", AT_ONCE),
    ], page


def _intents() -> list[tuple[str, str]]:
    return [(intent, f"{title} ({intent})") for intent, title in titles(desk().root).items()]


def _id(what: str, group: Group) -> dict[str, str]:
    return {"type": f"inbox-{what}", "key": hashlib.sha256(group.key.encode()).hexdigest()[:16]}


def _form(group: Group, intents: list[tuple[str, str]]) -> list[Child]:
    proposal = group.proposal
    why = [badge(f"{reason.told} {times}", "warn") for reason, times in group.reasons]
    others = [item.text for item in group.items if item.text != group.text]
    told: list[Child] = [
        html.H2(group.text),
        html.P(
            [f"{group.count} time{'s' if group.count > 1 else ''}: ", *(p for w in why for p in (w, " "))]
        ),
    ]
    if group.level is not CareLevel.NONE:
        told.append(html.P([care_badge(group.level.value), f" {FOR_A_CLINICIAN}"]))
    if others:
        summary = html.Summary(f"{len(others)} other wording{'s' if len(others) > 1 else ''}")
        told.append(html.Details([summary, html.Ul([html.Li(text) for text in others])]))
    maybe = "".join(f", or {name} ({share(sure)})" for name, sure in proposal.others[:2])
    guess = (
        f"{proposal.intent} ({share(proposal.confidence)}){maybe}" if proposal.intent else "it has no idea"
    )
    told.append(html.P(f"Charley takes it for: {guess}"))
    if proposal.facts:
        facts = [
            html.Li([fact.statement, " ", link("/facts", fact.id, fact=fact.id)]) for fact in proposal.facts
        ]
        summary = html.Summary(f"{len(facts)} fact{'s' if len(facts) > 1 else ''} would answer")
        told.append(html.Details([summary, html.Ul(facts, className="facts")]))
    known = proposal.intent if proposal.intent in dict(intents) else ""
    return [
        *told,
        html.Div(
            [
                text_box(_id("text", group), "As an example", group.text, wait=False),
                choice(_id("intent", group), "Of the intent", intents, known or "", every="choose one"),
            ],
            className="row",
        ),
        html.Div(
            [
                button("Accept", _id("accept", group), "main"),
                button("Dismiss", _id("dismiss", group)),
            ],
            className="row",
        ),
        html.Div(id=_id("told", group), **{"aria-live": "polite"}),
    ]


@callback(
    Output({"type": "inbox-group", "key": MATCH}, "children"),
    Output({"type": "inbox-told", "key": MATCH}, "children"),
    Input({"type": "inbox-accept", "key": MATCH}, "n_clicks"),
    Input({"type": "inbox-dismiss", "key": MATCH}, "n_clicks"),
    State({"type": "inbox-text", "key": MATCH}, "value"),
    State({"type": "inbox-intent", "key": MATCH}, CHOSEN),
    prevent_initial_call=True,
)
def settle(accepted: int, dismissed: int, text: str | None, intent: str) -> Any:
    """Write the message as an example of the intent that was chosen, or put it away."""
    by = ctx.triggered_id
    if not by or not (accepted or dismissed):
        return no_update, no_update
    root, group = desk().root, _group(by["key"])
    if by["type"] == "inbox-dismiss":
        done, told = dismiss(group, root=root), f"Dismissed: {group.text}"
    else:
        if not intent:
            return no_update, html.P("Choose the intent that it is an example of.", className="problem")
        try:
            done = accept(group, intent, text=(text or "").strip(), root=root)
        except Refused as refused:
            return no_update, html.P(str(refused), className="problem")
        assert done.path is not None  # what is accepted is written
        where = f"{done.path.relative_to(root)}, line {done.line}"
        told = (
            f"{done.how.capitalize()}: “{done.example}” is an example of {done.intent} now ({where}). {THEN}"
        )
    desk().settled[by["key"]] = group, done
    undone = button("Undo", {"type": "inbox-undo", "key": by["key"]}, autoFocus=True)
    return [html.P(told, className="done", role="status"), undone], no_update


@callback(
    Output({"type": "inbox-group", "key": MATCH}, "children", allow_duplicate=True),
    Input({"type": "inbox-undo", "key": MATCH}, "n_clicks"),
    prevent_initial_call=True,
)
def take_back(clicks: int) -> Any:
    """Take out again what was written, or bring back what was dismissed."""
    if not clicks or not ctx.triggered_id:
        return no_update
    group, done = desk().settled[ctx.triggered_id["key"]]
    undo(desk().root, done)
    return _form(group, _intents())


def _group(key: str) -> Group:
    """The group of this key, as it was shown.

    Raises:
        Refused: if the page has been opened anew since.
    """
    settled = desk().settled.get(key)
    found = next((g for g in desk().inbox() if _id("group", g)["key"] == key), settled and settled[0])
    if found is None:
        raise Refused("The inbox has changed since. Look again.")
    return found
