"""Whatever is asked of a nutrient is answered, or it is said honestly that there is no fact on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from charley.answers.questions import QUESTIONS_FILE, load_questions
from charley.facts import SubjectKind
from charley.facts.load import FACTS_DIR, load_table

ROOT = Path(__file__).resolve().parents[2]
NO_FACT = "I have no reviewed fact"
IN_PLAIN_WORDS = {
    "ask_role": "what does {} do in the body?",
    "ask_food_sources": "which foods have {}?",
    "ask_deficiency_signs": "what are the signs of low {}?",
    "ask_deficiency_causes": "what makes {} run low?",
    "ask_intake": "how much {} should I get a day?",
    "ask_supplement": "should I take {} for my cramps?",
    "ask_supplement_safety": "is it safe to take {}?",
    "ask_evidence": "is there any proof that {} helps with cramps?",
    "ask_causes": "can low {} cause leg cramps?",
}
Converse = Callable[[Sequence[Any]], Awaitable[list[dict[str, Any]]]]


def cases() -> list[Any]:
    """Every nutrient with every question, and the ids of the facts that would answer it."""
    table, questions = load_table(ROOT / FACTS_DIR), load_questions(ROOT / QUESTIONS_FILE)
    return [
        pytest.param(
            words.format(subject.name),
            {fact.id for fact in table.about(subject.id, questions[intent].attributes)},
            id=f"{intent} {subject.name}",
        )
        for subject in table.subjects.values()
        if subject.kind is SubjectKind.NUTRIENT
        for intent, words in IN_PLAIN_WORDS.items()
    ]


@pytest.mark.parametrize(("question", "answers"), cases())
async def test_a_question_about_a_nutrient_gets_its_facts_or_an_honest_no(
    question: str, answers: set[str], converse: Converse
) -> None:
    [turn] = await converse([question])
    [reply] = turn["replies"]
    assert reply["metadata"]["kind"] == "answer"
    if answers:
        assert answers & set(reply["metadata"]["fact_ids"]), f"{question!r} gets {reply['text']}"
    else:
        assert NO_FACT in reply["text"], f"{question!r} gets {reply['text']}"
