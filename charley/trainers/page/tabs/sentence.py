"""Try a sentence: what it is taken for, what it calls for, and what is said to it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, Input, Output, State, callback, clientside_callback, ctx, dcc, html, no_update

from charley.care.levels import CareLevel
from charley.care.status import Status
from charley.facts import Fact, FactTable
from charley.trainers.page.desk import desk
from charley.trainers.page.parts import (
    Child,
    badge,
    button,
    care_badge,
    link,
    note,
    section,
    share,
    table,
    text_box,
)
from charley.trainers.page.preview import on_web, source
from charley.trainers.page.tried import Tried, take

EMPTY: dict[str, Any] = {"id": "", "turns": []}
PRESS = "try-press"
PAUSE = """
value => {
    clearTimeout(window.charleyTyping);
    window.charleyTyping = setTimeout(() => dash_clientside.set_props("try-typed", { data: value }), 800);
    return dash_clientside.no_update;
}
"""
STATUS = {
    Status.PRESENT: "has it",
    Status.NEGATED: "says it is not so",
    Status.HISTORICAL: "had it once",
    Status.FAMILY: "someone in the family has",
    Status.HYPOTHETICAL: "only supposes it",
    Status.EDUCATIONAL: "asks in general",
    Status.FIGURATIVE: "only sounds like it",
    Status.OVERRULED: "overruled by the vote",
}


def layout(text: str = "") -> Child:
    """A box to type in; what was typed before, in a conversation, stands below."""
    return html.Div(
        [
            dcc.Store(id="try-talk", data=EMPTY),
            dcc.Store(id="try-typed"),
            html.Div(
                [
                    text_box(
                        "try-text",
                        "A sentence, as a person would type it",
                        text,
                        wait=False,
                        n_submit=1 if text else 0,
                    ),
                    button("Try it", "try-go", "main"),
                ],
                className="row",
            ),
            html.Div(
                [
                    button("Go on from the turns before", "try-context", **{"aria-pressed": "false"}),
                    button("Start afresh", "try-afresh"),
                ],
                className="row",
            ),
            note("What is tried here is kept nowhere: it reaches neither the conversations nor a log."),
            html.Div(id="try-result", **{"aria-live": "polite"}),
        ]
    )


clientside_callback(
    PAUSE, Output("try-typed", "id"), Input("try-text", "value"), prevent_initial_call=True
)  # who stops typing sees what it comes to


@callback(
    Output("try-context", "aria-pressed"),
    Input("try-context", "n_clicks"),
    Input("try-afresh", "n_clicks"),
    Input({"type": PRESS, "payload": ALL, "title": ALL}, "n_clicks"),
    State("try-context", "aria-pressed"),
    prevent_initial_call=True,
)
def go_on(clicks: int, afresh: int, pressed: list[int], now: str) -> Any:
    """Whether the next sentence belongs to the conversation before; whoever presses a button is in one."""
    if ctx.triggered_id == "try-context":
        return "false" if now == "true" else "true"
    if ctx.triggered_id == "try-afresh":
        return "false"
    return "true" if any(pressed) else no_update


@callback(
    Output("try-result", "children"),
    Output("try-talk", "data"),
    Input("try-typed", "data"),
    Input("try-text", "n_submit"),
    Input("try-go", "n_clicks"),
    Input("try-afresh", "n_clicks"),
    Input({"type": PRESS, "payload": ALL, "title": ALL}, "n_clicks"),
    State("try-text", "value"),
    State("try-talk", "data"),
    State("try-context", "aria-pressed"),
)
def try_it(
    paused: str | None,
    submitted: int,
    clicks: int,
    afresh: int,
    pressed: list[int],
    text: str | None,
    talk: dict[str, Any],
    context: str,
) -> Any:
    """Take what was typed or pressed, in a conversation of its own or in the one before."""
    by = ctx.triggered_id
    if by == "try-afresh":
        return None, EMPTY
    press = isinstance(by, Mapping)
    if press and not any(pressed):
        return no_update  # the buttons were drawn, not pressed
    half_typed = by == "try-typed"
    typed = (text or "").strip()
    tried_already = any(turn["said"] == typed for turn in talk["turns"][-1:])
    if not press and (not typed or (half_typed and (context == "true" or tried_already))):
        return no_update  # within a conversation nothing is said until it is sent
    turn: str | dict[str, str] = {"payload": by["payload"], "title": by["title"]} if press else typed
    goes_on = bool(talk["id"]) and (press or context == "true")
    conversation, before = (talk["id"], talk["turns"]) if goes_on else (secrets.token_hex(16), [])
    loaded = desk().loaded
    desk().remember(conversation)
    tried = desk().run(take(loaded.assistant, loaded.reader, conversation, turn))
    turns = [*before, {"said": tried.said, "replies": [reply["text"] for reply in tried.replies]}]
    shown = [html.P(tried.said, className="unseen"), _result(tried, loaded.knowledge.table), _before(before)]
    return shown, {"id": conversation, "turns": turns}


def _result(tried: Tried, facts: FactTable) -> html.Div:
    parsed = tried.parsed
    if not parsed:
        read = [section("Not taken", note("This was refused before it was read: see the reply."))]
    elif tried.mended is None:
        read = [section("Pressed", html.P(["Taken for ", badge(parsed["intent"]["name"])]))]
    else:
        read = [
            section(
                "Understood as",
                _ranking(parsed.get("intent_ranking") or []),
                _several(parsed.get("questions") or []),
            ),
            section("Read as", *_read(tried)),
            section("Care", *_care(parsed.get("care") or {}, tried)),
        ]
    reply = section("Reply, as on the web", on_web(tried.replies, _press), kind="reply")
    return html.Div([html.Div([reply, _facts(tried, facts)]), html.Div(read)], className="halves")


def _press(option: Mapping[str, str]) -> html.Button:
    id_ = {"type": PRESS, "payload": option["payload"], "title": option["title"]}
    return button(option["title"], id_, "chip")


def _ranking(ranking: Sequence[Mapping[str, Any]]) -> Child:
    rows = [(each["name"], _bar(each["confidence"]), share(each["confidence"])) for each in ranking]
    return table("Intents, likeliest first", ["Intent", "Bar", "Probability"], rows, "bars")


def _bar(value: float) -> html.Span:
    return html.Span(style={"width": f"{max(value, 0.005):.1%}"}, className="bar")


def _several(questions: Sequence[Mapping[str, Any]]) -> Child:
    if not questions:
        return None
    rows = [(q["intent"], ", ".join(q["subjects"]) or "-", share(q["confidence"])) for q in questions]
    return table(f"It asks {len(questions)} things", ["Intent", "Subjects", "Probability"], rows)


def _read(tried: Tried) -> list[Child]:
    text = tried.parsed["text"]
    named = [
        (e["start"], e["end"], " ".join(filter(None, [e["value"], e.get("role")])))
        for e in tried.parsed.get("entities") or []
    ]
    mended = text if tried.mended == text.lower() else tried.mended
    spelling = (
        note("No word was corrected.")
        if mended == text
        else html.P(["Spelling: ", *_changed(text, mended or "")])
    )
    return [html.P(_marked(text, named, "subject"), className="sentence"), spelling]


def _changed(text: str, mended: str) -> list[Child]:
    """The mended sentence, with the words that were corrected marked."""
    before, after = text.lower().split(" "), mended.split(" ")
    if len(before) != len(after):
        return [mended]
    words = [html.Ins(new) if new != old else new for old, new in zip(before, after, strict=True)]
    return [part for word in words for part in (word, " ")]


def _marked(text: str, spans: Sequence[tuple[int, int, str]], kind: str) -> list[Child]:
    """A text with places in it marked, each with a word on it; of two that overlap, the first."""
    parts: list[Child] = []
    at = 0
    for start, end, name in sorted(spans):
        if start < at:
            continue
        parts += [text[at:start], html.Mark([text[start:end], html.Small(f" {name}")], className=kind)]
        at = end
    return [*parts, text[at:]]


def _care(care: Mapping[str, Any], tried: Tried) -> list[Child]:
    level, vote = care.get("level", "none"), care.get("vote") or {}
    spans = [span for span in care.get("spans") or [] if span["level"] != "none"]
    rules = max((CareLevel(s["level"]) for s in spans if s["status"] == "present"), default=CareLevel.NONE)
    by = []
    if level != "none" and rules >= CareLevel(level):
        by.append("a rule (data/care/)")
    if level != "none" and vote and CareLevel(vote.get("level", "none")) >= CareLevel(level):
        by.append("the vote of the classifier")
    told: list[Child] = [
        html.P(["This message: ", care_badge(level), f" by {' and '.join(by)}" if by else ""])
    ]
    if tried.care_level.value != level:
        told.append(html.P(["The conversation: ", care_badge(tried.care_level.value)]))
    if spans:
        text = tried.parsed["text"]
        marks = [(s["start"], s["end"], s["flag"]) for s in spans]
        rows = [
            (
                s["flag"],
                care_badge(s["level"]),
                STATUS[Status(s["status"])],
                text[s["start"] : s["end"]],
            )
            for s in spans
        ]
        told += [
            html.P(_marked(text, marks, "flag"), className="sentence"),
            table("Warning flags", ["Flag", "Level", "How it is meant", "Words"], rows),
        ]
    else:
        told.append(note("No rule saw a warning flag."))
    if vote:
        flag = f", {vote['flag']}" if vote.get("flag") else ""
        told.append(
            note(f"The vote: {vote['level'].replace('_', ' ')}{flag}, {share(vote['probability'])} sure.")
        )
    for name, why in (
        ("denied", "Denied"),
        ("cautions", "Cautions"),
        ("notes", "Adds up with what else is told"),
    ):
        if care.get(name):
            told.append(note(f"{why}: {', '.join(care[name])}."))
    if care.get("overruled"):
        told.append(note(f"Overruled by the vote: {', '.join(care['overruled'])}."))
    return told


def _facts(tried: Tried, facts: FactTable) -> Child:
    said = [_fact(facts, facts.facts[id_]) for id_ in tried.fact_ids]
    return section(f"Facts said: {len(said)}", html.Ul(said, className="facts") if said else None)


def _fact(facts: FactTable, fact: Fact) -> html.Li:
    cited = [part for s in facts.sources_of([fact]) for part in (source(s.title, s.url), "; ")][:-1]
    return html.Li([html.P(fact.statement), note([link("/facts", fact.id, fact=fact.id), " · ", *cited])])


def _before(turns: Sequence[Mapping[str, Any]]) -> Child:
    if not turns:
        return None
    said = [
        part
        for turn in turns
        for part in (
            html.P(turn["said"], className="bubble person"),
            *(html.P(text, className="bubble") for text in turn["replies"]),
        )
    ]
    return section("The turns before", html.Div(said, className="talk"))
