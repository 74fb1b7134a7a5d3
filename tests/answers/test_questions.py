"""data/questions.yml: bad entries are reported, good ones read as written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from charley.answers import Questions, load_questions
from charley.answers.questions import QuestionsError
from charley.facts import Attribute, load_table

ROOT = Path(__file__).parents[2]
ENTRY = {"title": "What does it do?", "attributes": ["role", "definition"]}


def load(folder: Path, content: Any) -> Questions:
    path = folder / "questions.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return load_questions(path)


def complaint(folder: Path, content: Any) -> str:
    with pytest.raises(QuestionsError) as caught:
        load(folder, content)
    return str(caught.value)


def test_a_question_is_read_as_written(tmp_path: Path) -> None:
    question = load(tmp_path, {"ask_role": ENTRY})["ask_role"]
    assert question.title == "What does it do?"
    assert question.attributes == (Attribute.ROLE, Attribute.DEFINITION)


def test_a_question_is_about_leg_cramps_unless_it_says_otherwise(tmp_path: Path) -> None:
    questions = load(tmp_path, {"ask_a": ENTRY, "ask_b": {**ENTRY, "subject": "magnesium"}})
    assert (questions["ask_a"].subject, questions["ask_b"].subject) == ("leg_cramps", "magnesium")


def test_only_intents_in_the_file_are_questions(tmp_path: Path) -> None:
    questions = load(tmp_path, {"ask_role": ENTRY})
    assert "ask_role" in questions
    assert "greet" not in questions


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": ""}, "ask_role.title"),
        ({"title": "x" * 21}, "ask_role.title"),
        ({"attributes": ["rolle"]}, "ask_role.attributes"),
        ({"later": ["rolle"]}, "ask_role.later"),
        ({"each": 0}, "ask_role.each"),
        ({"safetynet": True}, "ask_role.safetynet"),
        ({"next": ["ask_nothing"]}, "'ask_nothing', which is not in this file"),
    ],
)
def test_a_bad_entry_is_reported_with_its_place(tmp_path: Path, change: dict[str, Any], place: str) -> None:
    message = complaint(tmp_path, {"ask_role": {**ENTRY, **change}})
    assert message.startswith("questions.yml, ")
    assert place in message


@pytest.mark.parametrize("field", ["title", "attributes"])
def test_a_missing_field_is_reported(tmp_path: Path, field: str) -> None:
    entry = {key: value for key, value in ENTRY.items() if key != field}
    assert f"ask_role.{field}: field required" in complaint(tmp_path, {"ask_role": entry})


@pytest.mark.parametrize("content", ["", "- a list", "ask_role: [never closed"])
def test_a_file_that_holds_no_questions_is_reported(tmp_path: Path, content: str) -> None:
    assert complaint(tmp_path, content).startswith("questions.yml")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"questions\.yml"):
        load_questions(tmp_path / "questions.yml")


@pytest.mark.parametrize("change", [{"subject": "moonlight"}, {"also": ["magnesium", "moonlight"]}])
def test_a_subject_that_the_table_lacks_is_reported(tmp_path: Path, change: dict[str, Any]) -> None:
    questions = load(tmp_path, {"ask_role": {**ENTRY, **change}})
    with pytest.raises(QuestionsError, match=r"ask_role: 'moonlight' is not in subjects\.csv"):
        questions.check(load_table(ROOT / "data" / "facts"))


def test_the_real_questions_fit_the_real_table() -> None:
    load_questions(ROOT / "data" / "questions.yml").check(load_table(ROOT / "data" / "facts"))


def test_every_real_question_about_nothing_named_has_facts() -> None:
    table = load_table(ROOT / "data" / "facts")
    questions = load_questions(ROOT / "data" / "questions.yml").by_intent
    unanswered = [
        intent
        for intent, question in questions.items()
        if not question.needs_subject and not table.about(question.subject, question.attributes)
    ]
    assert unanswered == []


def test_a_snapshot_gives_the_same_questions_back() -> None:
    questions = load_questions(ROOT / "data" / "questions.yml")
    assert Questions.parse_obj(questions.snapshot()) == questions


def test_a_question_beside_another_answers_either_in_turn(tmp_path: Path) -> None:
    other = {"title": "Signs", "attributes": ["deficiency_signs"], "safety_net": True}
    questions = load(tmp_path, {"ask_role": ENTRY, "ask_signs": other})
    both = questions["ask_role"].beside(questions["ask_signs"])
    assert both.attributes == (Attribute.ROLE, Attribute.DEFICIENCY_SIGNS, Attribute.DEFINITION)
    assert both.each == 2
    assert both.safety_net
