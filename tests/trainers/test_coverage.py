"""What counts as a test, and how it is told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import run
from xml.etree import ElementTree

import pytest

from charley.care.check_up import CHECK_UP_FILE
from charley.trainers.coverage import Coverage, Item, measure, picture, told, write
from charley.trainers.coverage.measure import CELLS
from tests.test_cli import charley

SECONDS = 5
DIALOGUES = Path("tests/conversations/dialogues")


@pytest.fixture(scope="module")
def real(root: Path) -> Coverage:
    """Of this project."""
    return measure(root)


@pytest.fixture
def bare(project: Path) -> Path:
    """The project without any tests."""
    return project


def put(project: Path, path: str | Path, text: str) -> None:
    file = project / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def item(found: Coverage, part: str, id_: str) -> Item:
    return next(each for each in found.part(part).items if each.id == id_)


@pytest.mark.parametrize("part", ["intents", "stories", "warning flags", "care levels", "check-up questions"])
def test_in_this_project_each_of_them_has_a_test_of_its_own(part: str, real: Coverage) -> None:
    assert [each.id for each in real.part(part).missing] == []


def test_nothing_in_this_project_is_left_without_any_test_at_all(real: Coverage) -> None:
    alone = [each.id for part in real.parts for each in part.items if not each.is_tested and not each.walked]
    assert alone == []


def test_without_tests_nothing_is_tested(bare: Path) -> None:
    assert [part.name for part in measure(bare).parts if part.tested] == []


def test_a_fact_has_a_test_once_a_dialogue_expects_it(bare: Path) -> None:
    found = measure(bare)
    assert not item(found, "facts", "magnesium-food-sources").is_tested
    put(
        bare, DIALOGUES / "a.yml",
        "- name: foods\n  turns:\n  - user: what has magnesium?\n    facts: [magnesium-food-sources]\n",
    )  # fmt: skip
    found = measure(bare)
    assert item(found, "facts", "magnesium-food-sources").tests["dialogues"] == 1
    assert item(found, CELLS, "magnesium/food_sources").tests["dialogues"] == 1
    assert not item(found, "facts", "magnesium-definition").is_tested


def test_that_everything_is_walked_through_is_no_test_of_a_facts_own(bare: Path) -> None:
    put(
        bare,
        "tests/conversations/fact_questions.csv",
        "fact_id,question\nmagnesium-definition,what is magnesium?\n",
    )
    found = measure(bare)
    fact = item(found, "facts", "magnesium-definition")
    assert fact.walked == 1
    assert not fact.is_tested


@pytest.mark.parametrize("turn", ["user: hi\n    intent: greet", "press: /greet"])
def test_a_dialogue_looks_at_the_intent_that_it_expects_or_presses_and_at_its_rule(
    turn: str, bare: Path
) -> None:
    put(bare, DIALOGUES / "a.yml", f"- name: a\n  turns:\n  - {turn}\n")
    found = measure(bare)
    assert item(found, "intents", "greet").tests["dialogues"] == 1
    assert item(found, "rules", "Greeting").tests["dialogues"] == 1
    assert not item(found, "intents", "goodbye").is_tested


@pytest.mark.parametrize("folder", ["held_out", "development"])
def test_a_message_with_its_meaning_looks_at_its_intents_and_at_the_first_of_its_facts(
    folder: str, bare: Path
) -> None:
    head = "text,intent,subjects,attributes,names\n"
    put(
        bare,
        f"tests/{folder}/questions.csv",
        f"{head}tell me of zinc or salt,ask_role,zinc sodium,role definition,?\n",
    )
    put(bare, f"tests/{folder}/several.csv", "text,asks\nwhat and how much,ask_definition ask_intake\n")
    column = folder.replace("_", " ")
    found = measure(bare)
    assert item(found, "intents", "ask_role").tests[column] == 1
    assert item(found, "intents", "ask_intake").tests[column] == 1
    assert item(found, CELLS, "sodium/role").tests[column] == 1, "zinc has no fact, so sodium is the first"
    assert not item(found, CELLS, "sodium/definition").is_tested


def test_a_warning_flag_has_as_many_tests_as_there_are_messages_that_tell_of_it(bare: Path) -> None:
    put(
        bare,
        "tests/held_out/care/chest_pain.yml",
        "flag: chest_pain\nlevel: emergency\nfamilies:\n- name: a\n  wordings: [one, two]\nlook_alikes:\n- name: b\n  wordings: [three]\n",
    )
    found = measure(bare)
    assert item(found, "warning flags", "chest_pain").tests["held out"] == 2
    assert not item(found, "warning flags", "stroke_signs").is_tested


def test_a_story_is_looked_at_by_who_says_its_intents_in_turn_or_has_its_name(bare: Path) -> None:
    one, other = "off topic and back", "is it a bot, and goodbye"
    said = ["out_of_scope", "ask_relief", "out_of_scope_health", "ask_help"]
    turns = "".join(f"  - user: something\n    intent: {intent}\n" for intent in ["greet", *said])
    put(
        bare,
        DIALOGUES / "a.yml",
        f"- name: long\n  turns:\n{turns}- name: {other}\n  turns:\n  - user: hi\n",
    )
    found = measure(bare)
    assert item(found, "stories", one).tests["dialogues"] == 1
    assert item(found, "stories", other).tests["dialogues"] == 1
    assert len(found.part("stories").tested) == 2


def test_a_story_of_whose_intents_one_is_left_out_is_not_looked_at(bare: Path) -> None:
    turns = "".join(
        f"  - user: something\n    intent: {intent}\n"
        for intent in ["out_of_scope", "ask_relief", "ask_help"]
    )
    put(bare, DIALOGUES / "a.yml", f"- name: short\n  turns:\n{turns}")
    found = measure(bare)
    assert not item(found, "stories", "off topic and back").is_tested


def test_a_talk_looks_at_intents_responses_and_rules(bare: Path) -> None:
    put(
        bare,
        "tests/stories/test_stories.yml",
        "stories:\n- story: bye\n  steps:\n  - user: bye\n    intent: goodbye\n  - action: utter_goodbye\n",
    )
    found = measure(bare)
    assert item(found, "intents", "goodbye").tests["talks"] == 1
    assert item(found, "responses", "utter_goodbye").tests["talks"] == 1
    assert item(found, "rules", "Goodbye").tests["talks"] == 1


def test_a_response_is_known_by_words_that_no_other_has(bare: Path) -> None:
    put(
        bare, DIALOGUES / "a.yml",
        "- name: a\n  turns:\n  - user: bye\n    kinds: [smalltalk]\n    says: [Bye and take care, 'Bye, and take care', cramps]\n",
    )  # fmt: skip
    found = {each.id: each.tests["dialogues"] for each in measure(bare).part("responses").tested}
    assert found == {"utter_goodbye": 1}


@pytest.mark.parametrize(
    "code",
    [
        'NAME = "utter_care_reminder"',
        "from charley.rasa.care_policy import REMINDER",
        'START = "First: from what you told me before"',
    ],
)
def test_a_response_is_known_in_a_tests_code_by_name_by_the_projects_own_constant_or_by_its_words(
    code: str, bare: Path, root: Path
) -> None:
    put(bare, "charley/rasa/care_policy.py", (root / "charley/rasa/care_policy.py").read_text())
    put(bare, "tests/test_a.py", code)
    assert [each.id for each in measure(bare).part("responses").tested] == ["utter_care_reminder"]


def test_a_pressed_answer_looks_at_its_question_of_the_check_up(bare: Path) -> None:
    pressed = '/answer_check_up{"question": "how_long", "values": ["minutes"]}'
    put(bare, DIALOGUES / "a.yml", f"- name: a\n  turns:\n  - press: '{pressed}'\n")
    assert [each.id for each in measure(bare).part("check-up questions").tested] == ["how_long"]


def test_the_check_up_is_read_from_where_it_stands() -> None:
    from charley.trainers.coverage.measure import CHECK_UP_FILE as READ

    assert READ == CHECK_UP_FILE


def test_the_table_tells_of_each_sort_how_many_there_are_and_how_many_are_tested(real: Coverage) -> None:
    lines = told(real).splitlines()[1 : 1 + len(real.parts)]
    for part, line in zip(real.parts, lines, strict=True):
        assert line.startswith(part.name)
        assert line.removeprefix(part.name).split()[0] == str(len(part.items))


def test_what_is_missing_is_listed_with_its_file(bare: Path) -> None:
    text = told(measure(bare), missing=True)
    assert "  off topic and back  (data/stories/detours.yml)" in text.splitlines()
    assert "  magnesium-definition  (data/facts/facts.csv)  ← nothing looks at it" in text.splitlines()


def test_as_json_all_is_told(real: Coverage) -> None:
    parts = json.loads(told(real, as_json=True))["parts"]
    assert [part["name"] for part in parts] == [part.name for part in real.parts]
    facts = next(part for part in parts if part["name"] == "facts")
    assert facts["all"] == len(facts["items"])
    assert facts["tested"] == sum(each["tested"] for each in facts["items"])


def test_the_picture_draws_every_cell_and_tells_the_figures_in_words(real: Coverage) -> None:
    drawn = ElementTree.fromstring(picture(real))
    space = {"svg": "http://www.w3.org/2000/svg"}
    words = drawn.findtext("svg:desc", "", space)
    titles = [each.text or "" for each in drawn.findall("svg:rect/svg:title", space)]
    assert drawn.get("role") == "img"
    assert drawn.get("aria-labelledby") == "title desc"
    assert all(f"{part.name}: {len(part.tested)} of {len(part.items)}" in words for part in real.parts)
    assert sum(title.endswith(" tests") for title in titles) == len(real.part(CELLS).items)
    assert "prefers-color-scheme: dark" in picture(real)


def test_both_the_page_and_the_picture_are_written(real: Coverage, tmp_path: Path) -> None:
    paths = write(real, tmp_path)
    assert [path.as_posix() for path in paths] == ["var/coverage.md", "var/coverage.svg"]
    assert (tmp_path / "var" / "coverage.svg").read_text(encoding="utf-8") == picture(real)
    assert "| warning flags |" in (tmp_path / "var" / "coverage.md").read_text(encoding="utf-8")


def test_the_command_takes_less_than_five_seconds(root: Path) -> None:
    before = os.times()
    done = charley("coverage", cwd=root)
    after = os.times()
    assert done.returncode == 0, done.stderr
    assert "warning flags" in done.stdout
    # Of the processor, so that whatever else runs beside the tests does not count.
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < SECONDS


def test_measuring_needs_neither_tensorflow_nor_spacy(root: Path) -> None:
    code = "import sys; from charley.trainers import coverage; coverage.measure(); print({'tensorflow', 'rasa', 'spacy'} & set(sys.modules))"
    done = run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("path", "text", "told_of"),
    [
        ("tests/conversations/dialogues/a.yml", "- name: a\n\tturns: []\n", "a.yml, line 2: "),
        ("tests/conversations/dialogues/a.yml", "just words\n", "a.yml: is no list of dialogues"),
        ("data/facts/subjects.csv", "id,kind\n", "subjects.csv, row 1, column name: "),
    ],
)
def test_a_broken_file_is_told_in_a_line(path: str, text: str, told_of: str, bare: Path) -> None:
    put(bare, path, text)
    done = charley("coverage", cwd=bare)
    assert done.returncode == 1
    assert told_of in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sort_that_there_is_not_is_an_error(real: Coverage) -> None:
    with pytest.raises(KeyError):
        real.part("weather")
