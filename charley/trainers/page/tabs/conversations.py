"""Conversations as they ran, with what each message was taken for; one becomes a test with a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update

from charley.care.levels import CareLevel
from charley.trainers.anonymous import anonymous
from charley.trainers.files import save
from charley.trainers.page.desk import desk
from charley.trainers.page.parts import (
    CHOSEN,
    LEVELS,
    Child,
    badge,
    button,
    care_badge,
    choice,
    definition,
    link,
    note,
    page_of,
    pager,
    problem,
    section,
    share,
    table,
    text_box,
)
from charley.trainers.stories import MAX_TURNS, NOT_UNDERSTOOD, NotRecorded, part, record, story_of
from charley.trainers.talks import Exchange, Talk

PATH = "/conversations"
OPENING = 90  # characters of a talk that the list shows
Of = Callable[[Exchange], bool]


def _alarms(level: CareLevel) -> Of:
    return lambda turn: turn.alarm == level.value


KINDS: Mapping[str, tuple[str, Of]] = {
    "declined": ("Declined", lambda turn: "decline" in turn.kinds),
    "not_understood": (
        "Not understood",
        lambda turn: turn.intent == NOT_UNDERSTOOD or bool({"fallback", "clarify"} & {*turn.kinds}),
    ),
    "thumbed_down": ("Thumbed down", lambda turn: turn.thumb == "down"),
    **{
        level.value: (f"Care: {LEVELS[level.value]}", _alarms(level))
        for level in CareLevel
        if level is not CareLevel.NONE
    },
}


def layout(talk: str = "", show: str = "") -> Child:
    """The list, or the talk that the address names."""
    if talk:
        return _one(talk)
    options = [(key, name) for key, (name, _) in KINDS.items()]
    return html.Div(
        [
            html.Div(
                [
                    choice("talks-kind", "With a message that was", options, show if show in KINDS else ""),
                    text_box("talks-text", "With these words"),
                    button("Look again", "talks-again"),
                ],
                className="row",
            ),
            dcc.Store(id="talks-page", data=0),
            html.Div(id="talks-list"),
        ]
    )


@callback(
    Output("talks-list", "children"),
    Output("talks-page", "data"),
    Input("talks-kind", CHOSEN),
    Input("talks-text", "value"),
    Input("talks-again", "n_clicks"),
    Input({"type": "talks-turn", "to": ALL}, "n_clicks"),
    State("talks-page", "data"),
)
def find(kind: str, words: str | None, again: int, turned: list[int], page: int) -> tuple[Child, int]:
    """The talks that fit, latest first."""
    by = ctx.triggered_id
    page = (
        int(by["to"]) if isinstance(by, Mapping) and any(turned) else page if isinstance(by, Mapping) else 0
    )
    talks = [
        t for t in desk().talks(anew=by == "talks-again") if _fits(t, kind, (words or "").strip().lower())
    ]
    if not talks:
        return note("There is no such conversation."), 0
    shown = [_row(talk) for talk in page_of(talks, page)]
    header = ["When (UTC)", "First message", "Turns", "What happened"]
    return [
        table("Conversations, latest first", header, shown),
        pager("talks-turn", page, len(talks), "conversations"),
    ], page


def _fits(talk: Talk, kind: str, words: str) -> bool:
    of: Of = KINDS[kind][1] if kind else lambda _: True
    return any(of(turn) and words in turn.said.lower() for turn in talk.turns)


def _row(talk: Talk) -> Sequence[Child]:
    first = anonymous(talk.turns[0].said)
    opening = first if len(first) <= OPENING else f"{first[:OPENING]} …"
    happened = [
        part
        for key, (name, of) in KINDS.items()
        if any(map(of, talk.turns))
        for part in (care_badge(key) if key in LEVELS else badge(name.lower(), "warn"), " ")
    ]
    when = f"{talk.turns[0].at:%Y-%m-%d %H:%M}"
    return [link(PATH, when, talk=talk.id), opening, str(len(talk.turns)), happened or "-"]


def _one(id_: str) -> Child:
    talk = next((each for each in desk().talks() if each.id == id_), None)
    back = html.P(link(PATH, "All conversations"))
    if talk is None:
        return [back, problem("That conversation is not kept any more.")]
    return [
        back,
        dcc.Store(id="talk-id", data=id_),
        html.Div(
            [
                html.Div(
                    [
                        html.Div(
                            button("Show the words as they were written", "talk-plain"), className="row"
                        ),
                        html.Div(_turns(talk, plain=False), id="talk-turns"),
                    ]
                ),
                html.Div(_keep(talk)),
            ],
            className="halves",
        ),
    ]


@callback(
    Output("talk-turns", "children"),
    Output("talk-plain", "children"),
    Input("talk-plain", "n_clicks"),
    State("talk-id", "data"),
    prevent_initial_call=True,
)
def unveil(clicks: int, id_: str) -> tuple[Child, str]:
    """The words as written, or without names and numbers again."""
    plain = bool(clicks % 2)
    shown = "Hide names and numbers" if plain else "Show the words as they were written"
    return _turns(_talk(id_), plain), shown


def _turns(talk: Talk, plain: bool) -> list[Child]:
    return [_turn(number, turn, plain) for number, turn in enumerate(talk.turns, start=1)]


def _turn(number: int, turn: Exchange, plain: bool) -> html.Section:
    said = turn.said if plain else anonymous(turn.said)
    taken: dict[str, Child] = {
        "Taken for": [turn.intent or "nothing", f" ({share(turn.confidence)})" if turn.confidence else ""],
    }
    if turn.pressed:
        taken["Pressed"] = html.Code(turn.pressed)
    if len(turn.ranking) > 1:
        taken["Or for"] = ", ".join(f"{name} ({share(sure)})" for name, sure in turn.ranking[1:4])
    if turn.subjects:
        taken["Subjects"] = ", ".join(turn.subjects)
    taken["Care"] = [care_badge(turn.alarm), " in this message; ", care_badge(turn.care_level), " in force"]
    taken["Answered as"] = ", ".join(turn.kinds) or "-"
    if turn.fact_ids:
        taken["Facts"] = [part for id_ in turn.fact_ids for part in (link("/facts", id_, fact=id_), " ")]
    if turn.thumb:
        taken["Thumb"] = badge(turn.thumb, "good" if turn.thumb == "up" else "bad")
    return section(
        f"Turn {number}",
        html.Div(
            [
                html.P(said, className="bubble person"),
                *(html.P(text, className="bubble") for text in turn.replies),
            ],
            className="talk",
        ),
        definition(taken),
        link("/try", "Try this sentence", text=said) if not turn.pressed else None,
    )


def _keep(talk: Talk) -> html.Section:
    last = min(len(talk.turns), MAX_TURNS)
    story = story_of(desk().root, part(talk, 1, last))
    told = "It adds a story, too." if story.steps else f"It gets a test and no story. {story.why_not}"
    return section(
        "Make this a test",
        note(f"From then on Charley is held to what it did here: look whether that was right. {told}"),
        text_box("keep-name", "The case in a few words", hint="such as: changed their mind", wait=False),
        text_box("keep-topic", "Topic", hint="names the file, such as: zinc", wait=False),
        html.Div(
            [
                text_box("keep-first", "From turn", "1", wait=False, inputMode="numeric"),
                text_box(
                    "keep-last", "To turn", str(last), f"{MAX_TURNS} at most", wait=False, inputMode="numeric"
                ),
            ],
            className="row",
        ),
        button("Make this a test", "keep-go", "main"),
        html.Div(id="keep-done", **{"aria-live": "polite"}),
    )


@callback(
    Output("keep-done", "children"),
    Input("keep-go", "n_clicks"),
    State("talk-id", "data"),
    State("keep-name", "value"),
    State("keep-topic", "value"),
    State("keep-first", "value"),
    State("keep-last", "value"),
    prevent_initial_call=True,
)
def keep(clicks: int, id_: str, name: str | None, topic: str | None, first: str, last: str) -> Any:
    """Write the test, and the story where there is one."""
    if not clicks:
        return no_update
    talk, root = _talk(id_), desk().root
    if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last) <= len(talk.turns)):
        raise NotRecorded(f"The turns are numbered 1 to {len(talk.turns)}.")
    drafts = record(root, part(talk, int(first), int(last)), name or "", topic or "")
    save(drafts, root)
    written = [draft.path.relative_to(root) for draft in drafts]
    return html.Div(
        [
            html.P(["Written: ", *(piece for path in written for piece in (html.Code(str(path)), " "))]),
            html.P(["Next: ", html.Code(_next(written))]),
        ],
        className="done",
    )


def _next(written: Sequence[Path]) -> str:
    story = any(path.parts[0] == "data" for path in written)
    return "charley check && charley train && make test" if story else "charley check && make test"


def _talk(id_: str) -> Talk:
    talk = next((each for each in desk().talks() if each.id == id_), None)
    if talk is None:
        raise NotRecorded("That conversation is not kept any more.")
    return talk
