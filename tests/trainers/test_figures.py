"""docs/quality.csv, and what counts as a drop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from charley.trainers.files import FileProblem
from charley.trainers.quality import details
from charley.trainers.quality.comparison import compare, table
from charley.trainers.quality.details import Details, Guess, confusions, per_intent
from charley.trainers.quality.figures import FILE, Figures, Share, add, history, of_inputs
from charley.trainers.quality.margins import MEASURES

BEFORE = Figures(
    "2026-11-30", "aaaaaaaaaaaa", "apart", {m.name: Share(900, 1000) for m in MEASURES}, 20.9, 200.0
)


def moved(name: str, count: int, **others: str) -> Figures:
    """The next training, with one figure changed."""
    shares = {**BEFORE.shares, name: Share(count, 1000)}
    return replace(BEFORE, inputs="bbbbbbbbbbbb", shares=shares, **others)


def dropped(now: Figures) -> list[str]:
    return [each.measure.name for each in compare(now, BEFORE) if each.dropped]


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    second = moved("intents", 905, accepted='on purpose, "for once"')
    assert history(tmp_path) == []
    assert add(BEFORE, tmp_path)
    assert add(second, tmp_path)
    assert history(tmp_path) == [BEFORE, second]


def test_the_same_inputs_measured_on_the_same_messages_add_no_row(tmp_path: Path) -> None:
    add(BEFORE, tmp_path)
    assert not add(replace(BEFORE, seconds=5.0), tmp_path)
    assert add(replace(BEFORE, messages="others"), tmp_path)
    assert len(history(tmp_path)) == 2


def test_a_figure_that_older_rows_lack_is_left_empty(tmp_path: Path) -> None:
    add(replace(BEFORE, shares={"intents": Share(1, 2)}), tmp_path)
    add(moved("intents", 905), tmp_path)
    assert [set(row.shares) for row in history(tmp_path)] == [{"intents"}, {m.name for m in MEASURES}]


@pytest.mark.parametrize(
    ("spoil", "line", "told"),
    [
        (lambda text: f"<<<<<<< HEAD\n{text}", 1, "Keep both"),
        (lambda text: text.replace(",900,", ",many,", 1), 2, "can't be read as figures"),
    ],
)
def test_a_broken_file_is_told_with_its_line(spoil: object, line: int, told: str, tmp_path: Path) -> None:
    add(BEFORE, tmp_path)
    path = tmp_path / FILE
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(FileProblem, match=told) as caught:
        history(tmp_path)
    assert caught.value.line == line


def test_figures_are_found_by_what_the_model_was_made_from() -> None:
    rows = [BEFORE, moved("intents", 905)]
    assert of_inputs("a" * 64, rows) == BEFORE
    assert of_inputs("c" * 64, rows) is None
    assert of_inputs("", rows) is None


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_a_figure_may_drop_to_its_margin_and_no_further(measure: object) -> None:
    name, margin, more = measure.name, measure.margin, measure.more_is_better  # type: ignore[attr-defined]
    allowed = round(margin * 1000)
    worse = -1 if more else 1
    assert dropped(moved(name, 900 + worse * allowed)) == []
    assert dropped(moved(name, 900 + worse * (allowed + 1))) == [name]
    assert dropped(moved(name, 900 - worse * 50)) == [], "better is no drop"


def test_one_emergency_more_that_is_missed_is_a_drop() -> None:
    assert dropped(moved("emergencies_missed", 901)) == ["emergencies_missed"]


def test_where_the_messages_have_changed_only_what_is_measured_on_examples_is_compared() -> None:
    now = moved("emergencies_missed", 990, messages="others")
    assert dropped(now) == []
    assert "The messages written apart have changed" in "\n".join(table(compare(now, BEFORE), now, BEFORE))
    assert dropped(moved("cross_validated", 800, messages="others")) == ["cross_validated"]


def test_another_machine_may_round_the_same_inputs_a_little_differently() -> None:
    same = replace(moved("emergencies_missed", 903), inputs=BEFORE.inputs)
    assert dropped(same) == []
    assert dropped(replace(moved("emergencies_missed", 910), inputs=BEFORE.inputs)) == ["emergencies_missed"]


def test_the_table_shows_both_with_their_numbers_and_marks_what_is_worse() -> None:
    now = moved("intents", 899)
    lines = list(table(compare(now, BEFORE), now, BEFORE))
    (line,) = [line for line in lines if "held-out messages" in line]
    assert "899 of 1000 = 89.90%" in line
    assert "900 of 1000 = 90.00%" in line
    assert "-0.10" in line
    assert line.endswith("worse")
    now = moved("intents", 800)
    assert any("WORSE than the margin of 1.5 allows" in t for t in table(compare(now, BEFORE), now, BEFORE))


def test_the_first_figures_stand_beside_nothing() -> None:
    assert not any(each.dropped for each in compare(BEFORE, None))
    assert "beside none before" in next(table(compare(BEFORE, None), BEFORE, None))


def guesses(*pairs: tuple[str, str]) -> list[Guess]:
    return [Guess(f"text {n}", true, predicted) for n, (true, predicted) in enumerate(pairs)]


def test_what_was_taken_for_what_is_kept_with_examples_but_never_with_held_out_texts(tmp_path: Path) -> None:
    assert confusions(tmp_path) is None
    assert per_intent(tmp_path) == {}
    learnt = guesses(("greet", "greet"), ("greet", "thank"), ("thank", "thank"))
    apart = guesses(("thank", "greet"), ("greet", "greet"))
    details.write(Details("inputs", "key", "apart", {"intents": (1, 2)}, learnt, apart), tmp_path)
    found = confusions(tmp_path)
    assert found is not None
    assert found.labels == ["greet", "thank"]
    assert found.counts == [[1, 1], [0, 1]]
    assert found.examples == {("greet", "thank"): ["text 1"]}
    held_out = confusions(tmp_path, held_out=True)
    assert held_out is not None
    assert held_out.counts == [[1, 0], [1, 0]]
    assert held_out.examples == {}
    assert "text 0" not in (tmp_path / details.FILE).read_text(encoding="utf-8")
    figures = per_intent(tmp_path)
    assert (figures["greet"].precision, figures["greet"].recall, figures["greet"].count) == (1.0, 0.5, 2)
    assert (figures["thank"].precision, figures["thank"].recall, figures["thank"].count) == (0.5, 1.0, 1)


def test_details_that_are_broken_off_count_as_none(tmp_path: Path) -> None:
    path = tmp_path / details.FILE
    path.parent.mkdir()
    path.write_text('{"inputs": "a', encoding="utf-8")
    assert details.last(tmp_path) is None
