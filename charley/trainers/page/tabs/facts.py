"""The fact table with search, its gaps, and each answer as people see it on web, SMS and Slack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, dcc, html

from charley.answers.compose import Asked, answer
from charley.answers.questions import Questions
from charley.care.levels import CareLevel
from charley.facts import ATTRIBUTE_TITLES, Attribute, Fact, FactTable, SubjectKind
from charley.trainers import gaps
from charley.trainers.page.desk import desk
from charley.trainers.page.parts import (
    CHOSEN,
    Child,
    badge,
    choice,
    definition,
    link,
    note,
    page_of,
    pager,
    problem,
    scrolling,
    section,
    table,
    text_box,
)
from charley.trainers.page.preview import everywhere, source

PATH = "/facts"
GAPS = "gaps"
MOST = 50  # subjects asked in vain that are listed
WITHOUT = (SubjectKind.GAP, SubjectKind.OUTSIDE)  # kinds that have no facts of their own


def layout(fact: str = "", subject: str = "", attribute: str = "", view: str = "") -> Child:
    """The table, its gaps, or one fact."""
    known, _ = desk().knowledge()
    views = html.P([link(PATH, "All facts"), " · ", link(PATH, "Gaps", view=GAPS)], className="views")
    if fact:
        return [views, *_one(known.table, known.questions, fact)]
    if view == GAPS:
        return [views, *_gaps()]
    return [views, *_search(known.table, subject, attribute)]


def _search(facts: FactTable, subject: str, attribute: str) -> list[Child]:
    with_facts = {fact.subject for fact in facts.facts.values()}
    subjects = [(id_, facts.subjects[id_].name) for id_ in facts.subjects if id_ in with_facts]
    dates = sorted({fact.reviewed for fact in facts.facts.values()})
    filters = [
        text_box("facts-text", "Words"),
        choice("facts-subject", "Subject", sorted(subjects, key=lambda pair: pair[1]), subject),
        choice(
            "facts-attribute",
            "Attribute",
            [(a.value, ATTRIBUTE_TITLES[a]) for a in Attribute],
            attribute,
        ),
        choice("facts-source", "Source", [(s.id, s.title) for s in facts.sources.values()]),
        choice(
            "facts-reviewed",
            "Reviewed",
            [(str(day), f"on {day} or before") for day in dates],
            every="any time",
        ),
    ]
    return [html.Div(filters, className="row"), dcc.Store(id="facts-page", data=0), html.Div(id="facts-list")]


@callback(
    Output("facts-list", "children"),
    Output("facts-page", "data"),
    Input("facts-text", "value"),
    Input("facts-subject", CHOSEN),
    Input("facts-attribute", CHOSEN),
    Input("facts-source", CHOSEN),
    Input("facts-reviewed", CHOSEN),
    Input({"type": "facts-turn", "to": ALL}, "n_clicks"),
    State("facts-page", "data"),
)
def find(
    text: str | None,
    subject: str,
    attribute: str,
    source_: str,
    reviewed: str,
    turned: list[int],
    page: int,
) -> tuple[Child, int]:
    """The facts that fit, in file order."""
    facts = desk().knowledge()[0].table
    words = (text or "").lower().split()
    by = ctx.triggered_id
    page = (
        int(by["to"]) if isinstance(by, Mapping) and any(turned) else page if isinstance(by, Mapping) else 0
    )
    latest = date.fromisoformat(reviewed) if reviewed else date.max
    found = [
        fact
        for fact in facts.facts.values()
        if subject in ("", fact.subject)
        and attribute in ("", fact.attribute.value)
        and source_ in ("", *fact.sources)
        and fact.reviewed <= latest
        and all(
            word in f"{fact.id} {facts.subjects[fact.subject].name} {fact.statement}".lower()
            for word in words
        )
    ]
    header = ["Fact", "Statement", "Subject", "Attribute", "Grade", "Sources", "Reviewed"]
    rows = [_row(facts, fact) for fact in page_of(found, page)]
    if not rows:
        return note("No fact fits."), 0
    return [
        table("Facts", header, rows, "stacks facts"),
        pager("facts-turn", page, len(found), "facts"),
    ], page


def _row(facts: FactTable, fact: Fact) -> Sequence[Child]:
    sources = "; ".join(facts.sources[id_].title for id_ in fact.sources)
    subject, attribute = facts.subjects[fact.subject].name, ATTRIBUTE_TITLES[fact.attribute]
    return [
        link(PATH, fact.id, fact=fact.id),
        fact.statement,
        subject,
        attribute,
        fact.evidence.value,
        sources,
        str(fact.reviewed),
    ]


def _one(facts: FactTable, questions: Questions, id_: str) -> list[Child]:
    fact = facts.facts.get(id_)
    if fact is None:
        return [problem(f"There is no fact {id_!r} in data/facts/facts.csv.")]
    asked = _asked(facts, questions, fact)
    caution = facts.facts[fact.caution] if fact.caution else None
    cited = [html.Li([source(s.title, s.url), f" ({s.publisher})"]) for s in facts.sources_of([fact])]
    told: dict[str, Child] = {
        "Statement": fact.statement,
        "Subject": link(PATH, facts.subjects[fact.subject].name, subject=fact.subject),
        "Attribute": ATTRIBUTE_TITLES[fact.attribute],
        "Grade": fact.evidence.value,
        "Sources": html.Ul(cited),
        "Said along with it": link(PATH, caution.statement, fact=caution.id) if caution else "-",
        "Last reviewed": str(fact.reviewed),
        "To change it": [
            html.Code(fact.id),
            " in data/facts/facts.csv, then charley check and charley train",
        ],
    }
    options = [(intent, f"{questions[intent].title} ({intent})") for intent in asked]
    preview: Sequence[Child]
    if not asked:
        preview = [
            note(
                "No question about its subject says it at once; it is said as a caution or on asking for more."
            )
        ]
    else:
        preview = [choice("fact-asked", "Asked as", options, asked[0], every=""), html.Div(id="fact-preview")]
    return [
        dcc.Store(id="fact-id", data=id_),
        section(fact.id, definition(told)),
        section("The answer, as data/ stands now", *preview),
    ]


def _asked(facts: FactTable, questions: Questions, fact: Fact) -> list[str]:
    """The questions on its subject whose answer says the fact, those first that look for its attribute first."""
    found = []
    for intent, question in questions.by_intent.items():
        said = answer(facts, questions, [Asked(intent, [fact.subject])]).facts
        if fact in said:
            attributes = [*question.attributes]
            place = attributes.index(fact.attribute) if fact.attribute in attributes else len(Attribute)
            found.append((place, intent))
    return [intent for _, intent in sorted(found, key=lambda pair: pair[0])]


@callback(Output("fact-preview", "children"), Input("fact-asked", CHOSEN), State("fact-id", "data"))
def preview(intent: str, id_: str) -> Child:
    """The answer to a question about the fact's subject, on each platform."""
    known, _ = desk().knowledge()
    if not intent or id_ not in known.table.facts:
        return note("Choose how it is asked.")
    reply = answer(known.table, known.questions, [Asked(intent, [known.table.facts[id_].subject])])
    desk().import_rasa()  # the platforms' forms come with it
    return everywhere(
        [
            {
                "text": reply.text,
                "buttons": [button.as_dict() for button in reply.buttons],
                "metadata": reply.metadata(CareLevel.NONE.value),
            }
        ]
    )


def _gaps() -> list[Child]:
    kinds = [(kind.value, kind.value) for kind in SubjectKind if kind not in WITHOUT]
    return [
        section(
            "What there is a fact on, and what not",
            choice("gaps-kind", "Kind of subject", kinds, SubjectKind.NUTRIENT.value, every="all"),
            html.Div(id="gaps-matrix"),
        ),
        section("Asked in vain", html.Div(id="gaps-asked")),
    ]


@callback(Output("gaps-matrix", "children"), Input("gaps-kind", CHOSEN))
def matrix(kind: str) -> Child:
    """Subjects by attributes: how many facts each cell holds."""
    facts = desk().knowledge()[0].table
    counts = Counter((fact.subject, fact.attribute) for fact in facts.facts.values())
    subjects = [s for s in facts.subjects.values() if s.kind not in WITHOUT and kind in ("", s.kind.value)]
    told = [a for a in Attribute if any(counts[s.id, a] for s in subjects)]
    head = [html.Th("Subject", scope="col"), *(html.Th(ATTRIBUTE_TITLES[a], scope="col") for a in told)]
    rows = [
        html.Tr([html.Th(s.name, scope="row"), *(_cell(s.id, a, counts[s.id, a]) for a in told)])
        for s in subjects
    ]
    empty = sum(not counts[s.id, a] for s in subjects for a in told)
    caption = (
        f"Facts on {len(subjects)} subjects, by what any of this kind has a fact on: "
        f"{empty} of {len(subjects) * len(told)} places are empty"
    )
    whole = [html.Caption(caption), html.Thead(html.Tr(head)), html.Tbody(rows)]
    return scrolling(html.Table(whole, className="matrix"), caption)


def _cell(subject: str, attribute: Attribute, count: int) -> html.Td:
    if not count:
        return html.Td("-", className="none")
    return html.Td(link(PATH, str(count), subject=subject, attribute=attribute.value), className="some")


@callback(Output("gaps-asked", "children"), Input("gaps-matrix", "id"))
def asked_in_vain(_: Any) -> Child:
    """Subjects without facts that people named, most wanted first."""
    facts = desk().knowledge()[0].table
    counts = gaps.asked_in_vain(desk().talks(), facts)
    if not counts:
        return note("Nobody has asked for anything that data/facts/gaps.csv lists.")
    rows = [
        (facts.subjects[id_].name, intent, str(times)) for (id_, intent), times in counts.most_common(MOST)
    ]
    return [
        table(
            "Subjects that people asked about and no fact tells of", ["Subject", "Asked as", "Times"], rows
        ),
        note(
            [
                "Write a fact on one in data/facts/facts.csv, and it is answered. ",
                badge("charley gaps"),
                " counts the same.",
            ]
        ),
    ]
