"""Answers read at grade 8 at most, with and without the names of what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from charley.answers import Asked, answer, load_questions
from charley.facts import load_table
from charley.trainers.check import Project
from charley.trainers.check.responses import (
    HIGHEST_GRADE,
    HIGHEST_IN_DANGER,
    SMALLEST_POOL,
    care_text,
    grade,
    without_names,
)

ROOT = Path(__file__).parents[2]
TABLE = load_table(ROOT / "data" / "facts")
QUESTIONS = load_questions(ROOT / "data" / "questions.yml")


def answers_to(intent: str) -> str:
    """The text of the answers to a question about every subject that has facts for it."""
    attributes = QUESTIONS[intent].attributes
    subjects = [subject for subject in TABLE.subjects if TABLE.about(subject, attributes)]
    return pooled(p for s in subjects for p in answer(TABLE, QUESTIONS, [Asked(intent, [s])]).paragraphs)


def pooled(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def grades(text: str) -> tuple[float, float]:
    """The Flesch-Kincaid grade of a text as it stands and without the names in it."""
    return grade(text), grade(without_names(text, TABLE.subjects.values()))


POOLS = {intent: answers_to(intent) for intent in QUESTIONS.by_intent}
LARGE_POOLS = [intent for intent, text in POOLS.items() if len(text.split()) >= SMALLEST_POOL]


def test_few_questions_are_too_small_to_be_graded() -> None:
    assert len(LARGE_POOLS) >= len(POOLS) - 2


@pytest.mark.parametrize("intent", LARGE_POOLS)
def test_answers_to_a_question_read_at_grade_8_at_most(intent: str) -> None:
    plain, nameless = grades(POOLS[intent])
    print(f"{intent}: grade {plain:.1f}, {nameless:.1f} without names ({len(POOLS[intent].split())} words)")
    assert plain <= HIGHEST_GRADE
    assert nameless <= HIGHEST_GRADE


@pytest.mark.parametrize(
    ("pool", "in_danger", "highest"),
    [("emergency and crisis", True, HIGHEST_IN_DANGER), ("other care", False, HIGHEST_GRADE)],
)
def test_what_is_said_to_who_needs_care_reads_easily(pool: str, in_danger: bool, highest: float) -> None:
    text = care_text(Project(ROOT), in_danger)
    assert len(text.split()) >= SMALLEST_POOL
    plain, nameless = grades(text)
    print(f"{pool}: grade {plain:.1f}, {nameless:.1f} without names ({len(text.split())} words)")
    assert plain <= highest
    assert nameless <= highest


def test_hard_text_would_be_noticed() -> None:
    hard = (
        "Pharmacological prophylaxis necessitates individualised multidisciplinary deliberation beforehand."
    )
    assert grade(hard) > HIGHEST_GRADE


def test_names_are_replaced_whole_and_whatever_their_case() -> None:
    assert (
        without_names("Potassium-sparing diuretics and MAGNESIUM; not magnesiums", TABLE.subjects.values())
        == "it and it; not magnesiums"
    )
