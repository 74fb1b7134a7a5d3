"""Advice that must not be said to this person: left out of every answer once something was named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from charley.care.cautions import left_out
from charley.care.flags import Caution, load_care
from charley.care.levels import CareLevel
from charley.facts import Attribute, FactTable, load_table
from charley.knowledge import Knowledge, read_model
from charley.rasa.assistant import Turn
from tests.conftest import Talk, payload

ROOT = Path(__file__).resolve().parents[2]
CAUTIONS = {caution.id: caution for caution in load_care(ROOT / "data" / "care").cautions}
POTASSIUM, VITAMIN_K, CLOT, ARTERIES = (
    "potassium_builds_up",
    "vitamin_k_with_warfarin",
    "possible_clot",
    "narrowed_arteries",
)


def pressed(question: str, subject: str) -> dict[str, str]:
    return {"payload": f'/{question}{{"subject": "{subject}"}}', "title": "pressed"}


ABOUT_POTASSIUM: list[Any] = [
    "which foods have potassium?",
    "should i take potassium supplements?",
    "how much potassium do i need?",
    "does potassium help cramps?",
    "do bananas help cramps?",
    "does coconut water help?",
    "what should i drink for cramps?",
    "do sports drinks help?",
    "more",
    "should i take electrolyte tablets?",
    "which foods have electrolytes?",
    "how do i prevent cramps?",
    "more",
    "how do i stop a cramp?",
    "more",
    pressed("ask_food_sources", "potassium"),
    pressed("ask_supplement", "potassium"),
    pressed("ask_prevention", "potassium"),
    pressed("ask_intake", "electrolytes"),
    pressed("ask_food_sources", "bananas"),
]
ABOUT_VITAMIN_K: list[Any] = [
    "does vitamin k2 help cramps?",
    "should i take vitamin k2?",
    "which foods have vitamin k?",
    "how much vitamin k do i need?",
    "which vitamins help cramps?",
    "more",
    "how do i prevent cramps?",
    "more",
    pressed("ask_supplement", "vitamin_k2"),
    pressed("ask_food_sources", "vitamin_k2"),
    pressed("ask_food_sources", "vitamin_k"),
    pressed("ask_evidence", "vitamin_k2"),
    pressed("ask_intake", "vitamin_k"),
]
ABOUT_A_CLOT: list[Any] = [
    "does massage help?",
    "does heat help a cramp?",
    "should i put a warm towel on it?",
    "should i stretch before bed?",
    "how do i prevent cramps?",
    "more",
    "how do i stop a cramp?",
    "more",
    "what helps against night cramps?",
    "does ice help?",
    pressed("ask_relief", "leg_cramps"),
    pressed("ask_prevention", "leg_cramps"),
    pressed("ask_relief", "massage"),
    pressed("ask_prevention", "stretching"),
]
ABOUT_ARTERIES: list[Any] = [
    "does raising my legs help?",
    "should i put my legs up?",
    "how do i stop a cramp?",
    "more",
    "how do i prevent cramps?",
    "more",
    pressed("ask_relief", "leg_raising"),
    pressed("ask_prevention", "leg_raising"),
    pressed("ask_relief", "leg_cramps"),
]
NAMED: list[Any] = [
    *(
        pytest.param(report, POTASSIUM, ABOUT_POTASSIUM, id=report)
        for report in (
            "i have kidney disease",
            "my kidneys are weak",
            "i take ramipril",
            "i take losartan",
            "i take spironolactone",
        )
    ),
    *(
        pytest.param(report, VITAMIN_K, ABOUT_VITAMIN_K, id=report)
        for report in ("i take warfarin", "i am on apixaban")
    ),
    *(
        pytest.param(report, CLOT, ABOUT_A_CLOT, id=report)
        for report in ("my calf is swollen", "one calf is hot, red and tender")
    ),
    *(
        pytest.param(report, ARTERIES, ABOUT_ARTERIES, id=report)
        for report in ("i have narrowed leg arteries", "i have peripheral artery disease")
    ),
]


@pytest.fixture(scope="module")
def known(model: Path) -> Knowledge:
    """What the trained model answers from."""
    return read_model(model)


@pytest.fixture(scope="module")
def heard() -> dict[str, list[Turn]]:
    """Talks held already, each looked at for several reasons."""
    return {}


@pytest.fixture
def talk_once(talk: Talk, heard: dict[str, list[Turn]]) -> Talk:
    """As `talk`, but the same turns again are not said again."""

    async def say(*turns: Any) -> list[Turn]:
        if str(turns) not in heard:
            heard[str(turns)] = await talk(*turns)
        return heard[str(turns)]

    return say


def forbidden_by(known: Knowledge, caution: str) -> dict[str, str]:
    cautions = [c for c in known.care.cautions if c.id == caution]
    assert cautions
    return left_out(known.table.facts.values(), cautions)


def facts_said(turns: Sequence[Turn]) -> set[str]:
    return {id_ for turn in turns for reply in turn.replies for id_ in reply["metadata"]["fact_ids"]}


def text(turns: Sequence[Turn]) -> str:
    return "\n".join(reply["text"] for turn in turns for reply in turn.replies)


def words_of(caution: Caution) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, caution.words))})\b", re.IGNORECASE)


# ── In a talk ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("report", "caution", "questions"), NAMED)
async def test_no_answer_says_what_was_forbidden_by_what_was_named(
    report: str, caution: str, questions: list[Any], talk_once: Talk, known: Knowledge
) -> None:
    forbidden = forbidden_by(known, caution)
    turns = await talk_once(report, *questions)
    assert facts_said(turns) & set(forbidden) == set()
    said = text(turns)
    assert [id_ for id_ in forbidden if known.table.facts[id_].statement in said] == []


@pytest.mark.parametrize(("report", "caution", "questions"), NAMED)
async def test_who_asks_is_told_why_something_is_left_out(
    report: str, caution: str, questions: list[Any], talk_once: Talk, known: Knowledge
) -> None:
    turns = await talk_once(report, *questions)
    reasons = set(forbidden_by(known, caution).values())
    assert any(reason in text(turns) for reason in reasons)


@pytest.mark.parametrize(
    ("caution", "questions"),
    [
        (POTASSIUM, ABOUT_POTASSIUM),
        (VITAMIN_K, ABOUT_VITAMIN_K),
        (CLOT, ABOUT_A_CLOT),
        (ARTERIES, ABOUT_ARTERIES),
    ],
)
async def test_the_same_questions_get_these_facts_where_nothing_was_named(
    caution: str, questions: list[Any], talk: Talk, known: Knowledge
) -> None:
    assert facts_said(await talk(*questions)) & set(forbidden_by(known, caution))


@pytest.mark.parametrize(
    "report", ["i take warfarin, should i take vitamin k2?", "does vitamin k2 help? i am on warfarin"]
)
async def test_what_is_named_in_the_question_itself_counts_for_its_answer(
    report: str, talk: Talk, known: Knowledge
) -> None:
    turns = await talk(report)
    assert facts_said(turns) & set(forbidden_by(known, VITAMIN_K)) == set()


async def test_what_is_named_counts_for_the_rest_of_the_answer_before(talk: Talk, known: Knowledge) -> None:
    turns = await talk("how do i prevent cramps?", "i have kidney disease", "more", "more", "more")
    assert facts_said(turns[1:]) & set(forbidden_by(known, POTASSIUM)) == set()


async def test_starting_again_does_not_lift_a_caution(talk: Talk, known: Knowledge) -> None:
    turns = await talk("i have kidney disease", "start again", *ABOUT_POTASSIUM[:4])
    assert facts_said(turns) & set(forbidden_by(known, POTASSIUM)) == set()


async def test_a_forgotten_chat_has_no_cautions(talk: Talk) -> None:
    later = (await talk("i have kidney disease", "forget this chat", "which foods have potassium?"))[-1]
    assert "potassium-food-sources" in " ".join(facts_said([later]))


@pytest.mark.parametrize("denial", ["i don't have kidney disease", "i do not take warfarin"])
async def test_what_is_denied_forbids_nothing(denial: str, talk: Talk, known: Knowledge) -> None:
    turns = await talk(denial, "which foods have potassium?", "should i take vitamin k2?")
    assert facts_said(turns) & set(forbidden_by(known, POTASSIUM))
    assert facts_said(turns) & set(forbidden_by(known, VITAMIN_K))


@pytest.mark.parametrize(
    ("question", "before", "value", "caution", "questions"),
    [
        ("medicines", 7, "water_tablet", POTASSIUM, ABOUT_POTASSIUM),
        ("medicines", 7, "blood_thinner", VITAMIN_K, ABOUT_VITAMIN_K),
        ("conditions", 8, "kidney_heart_liver", POTASSIUM, ABOUT_POTASSIUM),
        ("conditions", 8, "arteries", ARTERIES, ABOUT_ARTERIES),
        ("signs", 0, "swollen", CLOT, ABOUT_A_CLOT),
    ],
)
async def test_what_is_chosen_in_the_check_up_forbids_as_much(
    question: str, before: int, value: str, caution: str, questions: list[Any], talk: Talk, known: Knowledge
) -> None:
    calm = ([], ["seconds"], ["days"], ["now_and_then"], ["mild"], ["both"], [], [])
    answers = [{"payload": payload(values), "title": "x"} for values in [*calm[:before], [value]]]
    *_, answered, _ = turns = await talk("start the check-up", *answers, "thanks")
    assert answered.care_level > CareLevel.NONE, f"{value} was taken as an answer to {question}"
    later = await talk("start the check-up", *answers, "stop the check-up", *questions)
    assert facts_said([*turns, *later]) & set(forbidden_by(known, caution)) == set()


@pytest.mark.parametrize(
    ("report", "question", "praise"),
    [
        ("i have kidney disease", "do sports drinks help?", "sports drinks can stop some cramps"),
        ("i take warfarin", "does vitamin k2 help cramps?", "vitamin K2 may ease night leg cramps"),
        ("my calf is swollen", "should i stretch before bed?", "fewer cramps a night"),
        ("my calf is swollen", "is there proof that heat helps?", "backs heat when a spasm begins"),
    ],
)
async def test_no_opinion_praises_what_is_forbidden(
    report: str, question: str, praise: str, talk: Talk
) -> None:
    turns = await talk(report, question, "more")
    assert praise not in text(turns)


# ── Over the whole table ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def table() -> FactTable:
    """All facts as they stand in data/."""
    return load_table(ROOT / "data" / "facts")


@pytest.mark.parametrize("id_", CAUTIONS)
def test_no_fact_that_a_caution_names_is_left_in_the_table(id_: str, table: FactTable) -> None:
    caution = CAUTIONS[id_]
    words = words_of(caution)
    kept = table.without(left_out(table.facts.values(), [caution]))
    left = [
        fact.id
        for fact in kept.facts.values()
        if fact.attribute in caution.attributes
        and (words.search(fact.statement) or fact.subject in caution.subjects)
    ]
    assert left == []


@pytest.mark.parametrize("id_", CAUTIONS)
def test_a_caution_leaves_the_warnings_in(id_: str, table: FactTable) -> None:
    kept = table.without(left_out(table.facts.values(), [CAUTIONS[id_]]))
    warnings = (Attribute.SAFETY, Attribute.SEE_SOMEONE)
    assert [f.id for f in table.facts.values() if f.attribute in warnings and f.id not in kept.facts] == []


@pytest.mark.parametrize("id_", CAUTIONS)
def test_a_caution_leaves_something_out(id_: str, table: FactTable) -> None:
    assert left_out(table.facts.values(), [CAUTIONS[id_]])


@pytest.mark.parametrize("id_", CAUTIONS)
def test_every_fact_still_finds_its_caution_in_the_table_that_is_left(id_: str, table: FactTable) -> None:
    kept = table.without(left_out(table.facts.values(), [CAUTIONS[id_]]))
    assert [f.id for f in kept.facts.values() if f.caution and f.caution not in kept.facts] == []


@pytest.mark.parametrize("id_", CAUTIONS)
def test_a_caution_speaks_of_subjects_that_exist(id_: str, table: FactTable) -> None:
    assert set(CAUTIONS[id_].subjects) <= set(table.subjects)
