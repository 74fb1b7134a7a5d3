"""Answers read at grade 8 at most, with and without the names of what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import textstat
import yaml

from charley.answers import Asked, answer, load_questions
from charley.care.numbers import ANYWHERE
from charley.facts import load_table

ROOT = Path(__file__).parents[2]
TABLE = load_table(ROOT / "data" / "facts")
QUESTIONS = load_questions(ROOT / "data" / "questions.yml")
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
SMALLEST_POOL = 100  # words: a grade of less says little
HIGHEST_GRADE = 8
HIGHEST_IN_DANGER = 6  # who is in danger reads worse
IN_DANGER = (
    "utter_care_emergency",
    "utter_care_crisis",
    "utter_care_crisis_and_emergency",
    "utter_care_reminder",
)


def answers_to(intent: str) -> str:
    """The text of the answers to a question about every subject that has facts for it."""
    attributes = QUESTIONS[intent].attributes
    subjects = [subject for subject in TABLE.subjects if TABLE.about(subject, attributes)]
    return pooled(p for s in subjects for p in answer(TABLE, QUESTIONS, [Asked(intent, [s])]).paragraphs)


def care_responses(in_danger: bool) -> str:
    texts = [
        re.sub(r"\{\w+\}", "", form["text"].replace("{emergency_number}", ANYWHERE))
        for name, forms in DOMAIN["responses"].items()
        if name.startswith("utter_care") and (name in IN_DANGER) is in_danger
        for form in forms
    ]
    return pooled(texts)


def pooled(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def without_names(text: str) -> str:
    """The text with every name of a subject replaced, so that "magnesium" alone makes it no harder."""
    names = {
        name
        for subject in TABLE.subjects.values()
        for name in subject.all_names
        if " & " not in name and "only " not in name
    }
    longest_first = sorted(names, key=len, reverse=True)
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", "it", text, flags=re.IGNORECASE)


def grades(text: str) -> tuple[float, float]:
    """The Flesch-Kincaid grade of a text as it stands and without the names in it."""
    return textstat.flesch_kincaid_grade(text), textstat.flesch_kincaid_grade(without_names(text))


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
    text = care_responses(in_danger)
    assert len(text.split()) >= SMALLEST_POOL
    plain, nameless = grades(text)
    print(f"{pool}: grade {plain:.1f}, {nameless:.1f} without names ({len(text.split())} words)")
    assert plain <= highest
    assert nameless <= highest


def test_hard_text_would_be_noticed() -> None:
    hard = (
        "Pharmacological prophylaxis necessitates individualised multidisciplinary deliberation beforehand."
    )
    assert textstat.flesch_kincaid_grade(hard) > HIGHEST_GRADE


def test_names_are_replaced_whole_and_whatever_their_case() -> None:
    assert (
        without_names("Potassium-sparing diuretics and MAGNESIUM; not magnesiums")
        == "it and it; not magnesiums"
    )
