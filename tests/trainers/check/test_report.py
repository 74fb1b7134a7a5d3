"""What `charley check` prints, for people and for programs, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from charley.trainers.check import CHECKS, Project, Severity, examine
from charley.trainers.check.report import as_list, main
from tests.trainers.check.conftest import write
from tests.trainers.check.test_checks import FACTS, NLU, QUESTIONS, RULES, SWELLING, add, put

Capture = pytest.CaptureFixture[str]


def test_all_is_well_is_said_last_with_what_there_is(small: Path, capsys: Capture) -> None:
    assert main(small) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("All is well: 486 facts on ")


def test_an_error_is_told_with_place_reason_and_remedy_and_fails(small: Path, capsys: Capture) -> None:
    put(RULES, "- intent: ask_relief", "- intent: ask_moon")(small)
    assert main(small) == 1
    told = capsys.readouterr().out.splitlines()
    at = next(
        n for n, line in enumerate(told) if line.startswith(f"  {RULES}:7: There is no intent ask_moon")
    )
    assert told[at + 1].startswith("      Why: ")
    assert any(line.startswith("      Mend: ") for line in told[at:])
    assert "All is well" not in told[-1]


def test_findings_are_grouped_by_file(small: Path, capsys: Capture) -> None:
    put(RULES, "- intent: ask_relief", "- intent: ask_moon")(small)
    put(QUESTIONS, "attributes: [definition]", "attributes: [definitions]")(small)
    main(small)
    told = capsys.readouterr().out.splitlines()
    assert told.count(RULES) == told.count(QUESTIONS) == 1


def test_warnings_fail_only_where_they_are_told_to(small: Path, capsys: Capture) -> None:
    add("data/nlu/old.yml.bak", "x\n")(small)
    assert main(small) == 0
    assert "data/nlu/old.yml.bak: warning: " in capsys.readouterr().out
    assert main(small, strict=True) == 1


def test_notes_are_counted_and_shown_on_demand(small: Path, capsys: Capture) -> None:
    put(RULES, "  steps:", "  steps: ")(small)
    assert main(small, strict=True) == 0
    told = capsys.readouterr().out
    assert "1 trailing-spaces" in told
    assert f"{RULES}:6: note:" not in told
    main(small, notes=True)
    assert f"{RULES}:6: note: The line ends in spaces." in capsys.readouterr().out


def test_json_tells_programs_the_same(small: Path, capsys: Capture) -> None:
    put(RULES, "- intent: ask_relief", "- intent: ask_moon")(small)
    assert main(small, as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    found = next(f for f in told["findings"] if f["check"] == "unknown-intent")
    assert (found["file"], found["line"], found["severity"], found["fixable"]) == (RULES, 7, "error", False)
    assert {"what", "why", "mend"} < found.keys()
    assert told["skipped"] == {}


def test_every_problem_of_every_part_is_told_at_once(small: Path) -> None:
    edits = [
        put(FACTS, "magnesium-definition,magnesium,", "magnesium-definition,moonlight,"),
        put(FACTS, "magnesium-role-nerves,magnesium,", "magnesium-role-nerves,moonlight,"),
        put(QUESTIONS, "attributes: [definition]", "attributes: [definitions]"),
        put(QUESTIONS, "attributes: [duration]", "attributes: [durations]"),
        put(SWELLING, "level: urgent_same_day", "level: soon"),
        put(RULES, "- intent: ask_relief", "- intent: ask_moon"),
        put(NLU, "- greet7\n", "- askrelief7\n"),
    ]
    for edit in edits:
        edit(small)
    errors = [f for f in examine(Project(small)).findings if f.severity is Severity.ERROR]
    assert {FACTS, QUESTIONS, SWELLING, RULES, NLU} <= {f.file for f in errors}
    assert len([f for f in errors if f.file == FACTS]) == len([f for f in errors if f.file == QUESTIONS]) == 2


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (FACTS, 'id,subject\n"never closed,magnesium\n'),
        (QUESTIONS, "ask_role: ["),
        (SWELLING, "flag: [\n"),
        (RULES, "rules: [\n"),
        (NLU, "nlu: [\n"),
        ("domain.yml", "intents: [\n"),
        ("config.yml", "recipe: [\n"),
        ("data/care/words.yml", "groups: [\n"),
        ("data/care/check_up.yml", "questions: [\n"),
        ("data/care/numbers.csv", 'country\n"GB\n'),
        ("tests/held_out/intents.csv", 'text,intent\n"hi\n'),
    ],
)
def test_a_broken_file_stops_only_the_checks_that_need_it(file: str, text: str, small: Path) -> None:
    write(small / file, text)
    put("data/rules/small_talk.yml", "- intent: goodbye", "- intent: ask_moon")(small)
    outcome = examine(Project(small))
    assert file in {f.file for f in outcome.findings if f.check == "unreadable-file"}
    assert {name for names in outcome.skipped.values() for name in names} <= {file}
    elsewhere = "data/rules/small_talk.yml" if file != "domain.yml" else file
    assert elsewhere in {f.file for f in outcome.findings}


def test_what_was_skipped_is_said_and_fails(small: Path, capsys: Capture) -> None:
    write(small / QUESTIONS, "ask_role: [")
    assert main(small) == 1
    assert f"Skipped until {QUESTIONS} can be used: " in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("text", ["", "- a list\n", "a: {b: [c]}\n", "1\n"])
@pytest.mark.parametrize(
    "file",
    [
        "domain.yml",
        "config.yml",
        NLU,
        RULES,
        QUESTIONS,
        SWELLING,
        FACTS,
        "data/care/check_up.yml",
        "data/care/words.yml",
    ],
)
def test_whatever_a_file_holds_the_check_ends_with_words_and_not_with_a_crash(
    file: str, text: str, small: Path
) -> None:
    write(small / file, text)
    outcome = examine(Project(small))
    assert file in {f.file for f in outcome.findings} | {
        n for names in outcome.skipped.values() for n in names
    }


def test_one_check_can_be_run_alone(small: Path, capsys: Capture) -> None:
    put(RULES, "- intent: ask_relief", "- intent: ask_moon")(small)
    assert main(small, only=["tabs"]) == 0
    assert main(small, only=["tabs", "unknown-intent"]) == 1
    assert "ask_moon" in capsys.readouterr().out


def test_a_check_that_there_is_not_is_said(small: Path, capsys: Capture) -> None:
    assert main(small, only=["moonlight"]) == 2
    assert "There is no check moonlight." in capsys.readouterr().err


def test_one_check_alone_mends_nothing(small: Path, capsys: Capture) -> None:
    table = small / "data" / "facts" / "sources.csv"
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n"))
    before = table.read_bytes()
    assert main(small, only=["tabs"], fix=True) == 2
    assert "Nothing was changed" in capsys.readouterr().err
    assert table.read_bytes() == before


def test_elsewhere_it_says_where_it_must_be_run(tmp_path: Path, capsys: Capture) -> None:
    assert main(tmp_path) == 2
    assert "no folder data/ here" in capsys.readouterr().err


def test_the_list_names_every_check_in_a_line() -> None:
    lines = as_list().splitlines()
    assert [line.split()[0] for line in lines] == list(CHECKS)
    assert all(len(line) < 200 for line in lines)
