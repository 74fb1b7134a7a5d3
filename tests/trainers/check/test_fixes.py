"""What is mechanical is mended, and nothing else; a second time there is nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.trainers import files
from charley.trainers.check import CHECKS, Project, fixes, run
from charley.trainers.check.report import main
from tests.trainers.check.conftest import write
from tests.trainers.check.test_checks import NLU, RULES, SUBJECTS, TRIPS, Case

FACTS = "data/facts/facts.csv"
FIXABLE = [case for case in TRIPS if CHECKS[case.check].fixable]


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("case", FIXABLE, ids=str)
def test_what_is_called_fixable_is_fixed_and_the_file_is_as_before_but_for_it(
    case: Case, small: Path, pattern: Path
) -> None:
    case.edit(small)
    assert run(small, only=[case.check])
    fixes.apply(Project(small))
    assert run(small, only=[case.check]) == []
    changed = {name for name, text in contents(small).items() if text != contents(pattern).get(name)}
    assert changed <= {case.file}


@pytest.mark.parametrize("case", FIXABLE, ids=str)
def test_a_second_time_nothing_is_changed(case: Case, small: Path) -> None:
    case.edit(small)
    assert fixes.apply(Project(small))
    once = contents(small)
    assert fixes.apply(Project(small)) == []
    assert contents(small) == once


def test_a_project_without_faults_is_left_as_it_is(small: Path) -> None:
    before = contents(small)
    assert fixes.apply(Project(small)) == []
    assert contents(small) == before


def test_everything_is_fixed_at_once_in_one_file(small: Path) -> None:
    path = small / NLU
    text = path.read_text(encoding="utf-8")
    broken = (
        text.replace("    - greet7\n", "    - greet7  \n    - greet7\n").rstrip("\n").replace("\n", "\r\n")
    )
    path.write_bytes(b"\xef\xbb\xbf" + broken.encode())
    fixes.apply(Project(small))
    assert path.read_text(encoding="utf-8") == text


def test_tabs_become_spaces_so_that_the_file_can_be_read_again(small: Path) -> None:
    path = small / RULES
    text = path.read_text(encoding="utf-8")
    write(path, text.replace("  steps:", "\tsteps:"))
    assert run(small, only=["tabs"])
    fixes.apply(Project(small))
    assert path.read_text(encoding="utf-8") == text


def test_of_two_same_examples_in_two_files_the_first_stays(small: Path) -> None:
    extra = small / "data" / "nlu" / "more.yml"
    write(extra, "nlu:\n- intent: greet\n  examples: |\n    - greet7\n    - hello you\n")
    before = (small / NLU).read_bytes()
    fixes.apply(Project(small))
    assert (small / NLU).read_bytes() == before
    assert extra.read_text(encoding="utf-8") == "nlu:\n- intent: greet\n  examples: |\n    - hello you\n"


def test_the_same_example_in_two_intents_is_for_people_to_decide(small: Path) -> None:
    path = small / NLU
    write(path, path.read_text(encoding="utf-8").replace("- greet7\n", "- askrelief7\n"))
    assert fixes.apply(Project(small)) == []


def test_a_name_keeps_its_place_in_the_list(small: Path) -> None:
    path = small / SUBJECTS
    before = path.read_text(encoding="utf-8")
    write(path, before.replace("magnesum; ", "magnesum; MAG; ", 1))
    fixes.apply(Project(small))
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    "broken",
    ['id,subject\n"never closed,magnesium\n', "id,subject\nmoon,magnesium,\n"],
    ids=["quote", "cells"],
)
def test_broken_csv_is_left_to_people(broken: str, small: Path) -> None:
    write(small / FACTS, broken)
    fixes.apply(Project(small))
    assert (small / FACTS).read_text(encoding="utf-8") == broken


def test_a_file_that_is_no_text_is_left_alone(small: Path) -> None:
    (small / NLU).write_bytes(b"nlu: \xff  \n")
    assert fixes.apply(Project(small)) == []
    assert (small / NLU).read_bytes() == b"nlu: \xff  \n"


def test_what_was_changed_is_shown(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small / RULES
    write(path, path.read_text(encoding="utf-8").replace("  steps:", "  steps:   ", 1))
    assert main(small, fix=True) == 0
    told = capsys.readouterr().out
    assert f"--- {RULES}" in told
    assert "-  steps:   \n+  steps:\n" in told
    main(small, fix=True)
    assert "Nothing to fix." in capsys.readouterr().out


def test_a_file_that_someone_saves_meanwhile_is_not_written_over(small: Path) -> None:
    path = small / RULES
    text = path.read_text(encoding="utf-8")
    write(path, text.replace("  steps:", "  steps:   ", 1))
    drafts = list(fixes.drafts(Project(small)))
    write(path, text + "# someone else's line\n")
    with pytest.raises(files.Changed):
        files.save(drafts, small)
    assert path.read_text(encoding="utf-8") == text + "# someone else's line\n"
