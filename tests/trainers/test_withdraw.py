"""`charley withdraw`: a fact goes with a reason, what that leaves unanswered is said, and it can come back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from charley.facts import load_table
from charley.trainers import withdraw as course
from charley.trainers.files import Changed
from charley.trainers.withdraw import CannotWithdraw, back, withdraw

FACTS, WITHDRAWN, PICTURES = (
    Path("data/facts") / name for name in ("facts.csv", "withdrawn.csv", "pictures.csv")
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_fact_leaves_the_table_and_is_kept_with_its_reason(project: Path) -> None:
    before = load_table().facts
    told = list(withdraw("magnesium-definition", "the  source was\ncorrected"))
    assert told[0].startswith("Withdrawn: magnesium-definition, “Magnesium is a mineral")
    assert "charley train" in told[-1]
    assert list(load_table().facts) == [id_ for id_ in before if id_ != "magnesium-definition"]
    (kept,) = rows(WITHDRAWN)
    assert kept["statement"] == before["magnesium-definition"].statement
    assert kept["why"] == "the source was corrected"
    assert len(kept["withdrawn"]) == len("2026-11-30")


def test_it_comes_back_at_its_place_and_nothing_else_has_moved(project: Path) -> None:
    texts = {path: path.read_bytes() for path in (FACTS, PICTURES)}
    facts = list(load_table().facts)
    for fact in (facts[0], facts[7], facts[-1], "stretching-relief-standing"):
        list(withdraw(fact, "to see"))
        assert FACTS.read_bytes() != texts[FACTS]
        list(back(fact))
        assert {path: path.read_bytes() for path in texts} == texts
    assert rows(WITHDRAWN) == []


def test_a_fact_that_stood_in_quotes_over_lines_with_the_line_ends_of_windows_comes_back_as_it_was(
    project: Path,
) -> None:
    text = FACTS.read_text(encoding="utf-8")
    moved = text.replace(
        "Magnesium is a mineral and an electrolyte. ", '"Magnesium is a mineral, an electrolyte.\n'
    ).replace("minerals with an electric charge.,", 'minerals with an electric charge.",', 1)
    FACTS.write_text(moved.replace("\n", "\r\n"), encoding="utf-8", newline="")
    before, fact = FACTS.read_bytes(), load_table().facts["magnesium-definition"]
    list(withdraw("magnesium-definition", "to see"))
    list(back("magnesium-definition"))
    assert FACTS.read_bytes().count(b"\r\n") == before.count(b"\r\n")
    assert load_table().facts["magnesium-definition"] == fact


def test_it_says_what_is_then_without_an_answer_and_which_questions_look_there(project: Path) -> None:
    table = load_table()
    alone = next(
        f for f in table.facts.values()
        if len(table.about(f.subject, [f.attribute])) == 1 and not any(o.caution == f.id for o in table.facts.values())
    )  # fmt: skip
    told = "\n".join(withdraw(alone.id, "to see"))
    assert f"Nothing is left on {alone.subject}, {alone.attribute.value}" in told
    assert "The questions that look there: ask_" in told


def test_it_says_what_is_still_told(project: Path) -> None:
    told = "\n".join(withdraw("magnesium-role-relax", "to see"))
    assert "Still told on magnesium, role: " in told
    assert "Nothing is left" not in told


def test_it_says_which_tests_name_the_fact(project: Path) -> None:
    folder = project / "tests" / "conversations"
    folder.mkdir(parents=True)
    (folder / "fact_questions.csv").write_text(
        "fact_id,question\nmagnesium-definition,what is it\nmagnesium-definition-2,another\n",
        encoding="utf-8",
    )
    told = [line for line in withdraw("magnesium-definition", "to see") if "test" in line]
    assert told == ["A test names it: tests/conversations/fact_questions.csv, line 2."]


def test_a_drawing_is_no_longer_shown_with_it(project: Path) -> None:
    told = "\n".join(withdraw("stretching-relief-standing", "to see"))
    assert "the drawing stretch-standing" in told
    assert all("stretching-relief-standing" not in p.facts for p in load_table().pictures.values())


def test_a_caution_that_others_need_stays(project: Path) -> None:
    table, before = load_table(), FACTS.read_bytes()
    needing = next(fact for fact in table.facts.values() if fact.caution)
    assert needing.caution
    with pytest.raises(CannotWithdraw, match=rf"is the caution of .*{needing.id}"):
        list(withdraw(needing.caution, "to see"))
    assert FACTS.read_bytes() == before
    assert not WITHDRAWN.exists()


@pytest.mark.parametrize(
    ("fact", "why", "told"),
    [
        ("moon-definition", "to see", "There is no fact 'moon-definition'"),
        ("magnesium-definition", " ", "Say why"),
    ],
)
def test_what_can_not_be_withdrawn_is_said_and_nothing_is_written(
    fact: str, why: str, told: str, project: Path
) -> None:
    before = FACTS.read_bytes()
    with pytest.raises(CannotWithdraw, match=told):
        list(withdraw(fact, why))
    assert FACTS.read_bytes() == before
    assert not WITHDRAWN.exists()


def test_the_safety_net_can_not_be_withdrawn(project: Path) -> None:
    with pytest.raises(CannotWithdraw):
        list(withdraw("see-someone-persistent", "to see"))
    assert "see-someone-persistent" in load_table().facts


def test_a_broken_table_is_not_written_over(project: Path) -> None:
    FACTS.write_text(FACTS.read_text(encoding="utf-8") + "half,a row\n", encoding="utf-8")
    before = FACTS.read_bytes()
    with pytest.raises(CannotWithdraw, match="broken already"):
        list(withdraw("magnesium-definition", "to see"))
    assert FACTS.read_bytes() == before


def test_a_fact_that_was_not_withdrawn_does_not_come_back(project: Path) -> None:
    with pytest.raises(CannotWithdraw, match=r"not in data/facts/withdrawn\.csv"):
        list(back("magnesium-definition"))
    list(withdraw("magnesium-definition", "to see"))
    with pytest.raises(CannotWithdraw, match="withdrawn already"):
        list(withdraw("magnesium-definition", "again"))


def test_a_fact_written_anew_is_not_written_over(project: Path) -> None:
    text = FACTS.read_bytes()
    list(withdraw("magnesium-definition", "to see"))
    FACTS.write_bytes(text)
    with pytest.raises(CannotWithdraw, match="stands in"):
        list(back("magnesium-definition"))
    assert FACTS.read_bytes() == text


def test_of_two_who_save_at_once_the_second_is_told_and_nothing_is_lost(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = course._check

    def meanwhile(*arguments: object) -> None:
        check(*arguments)  # type: ignore[arg-type]
        FACTS.write_text(FACTS.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    monkeypatch.setattr(course, "_check", meanwhile)
    with pytest.raises(Changed):
        list(withdraw("magnesium-definition", "to see"))
    assert "magnesium-definition" in load_table().facts
    assert not WITHDRAWN.exists()
