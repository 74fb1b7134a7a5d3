"""Measuring the real model, on few messages."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import yaml

from charley.care.levels import CareLevel
from charley.care.twins import near_twins
from charley.rasa.inputs import MadeFrom
from charley.trainers.quality import care, confusions, per_intent
from charley.trainers.quality import messages as apart
from charley.trainers.quality.cross_validation import cross_validate, examples_of, families
from charley.trainers.quality.margins import MEASURES
from charley.trainers.quality.measure import measure, understanding
from tests.conftest import ROOT

ROWS = 6  # of each file of messages
EXAMPLES = 12  # of each of three intents
INTENTS = ("ask_food_sources", "ask_definition", "thank")
MADE = MadeFrom("inputs", {"charley/care/guard.py": "1", "data/facts/facts.csv": "1"}, {})


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a few examples, and a few messages written apart, as the current folder."""
    held_out = tmp_path / apart.HELD_OUT
    (held_out / "care").mkdir(parents=True)
    for name in ("intents.csv", "questions.csv", "out_of_scope.csv"):
        with (ROOT / apart.HELD_OUT / name).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        with (held_out / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows[:ROWS]])
    for name in ("chest_pain.yml", "ordinary.yml"):
        shutil.copy(ROOT / apart.HELD_OUT / "care" / name, held_out / "care")
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    chosen = {intent: [t for t, i in examples_of(ROOT) if i == intent][:EXAMPLES] for intent in INTENTS}
    blocks = [
        {"intent": i, "examples": "".join(f"- {text}\n" for text in texts)} for i, texts in chosen.items()
    ]
    (tmp_path / "data" / "nlu" / "few.yml").write_text(yaml.safe_dump({"nlu": blocks}), encoding="utf-8")
    shutil.copy(ROOT / "endpoints.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_model_is_measured_and_only_what_may_have_changed_is_measured_again(
    small: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measure(model, MADE)
    assert set(found.shares) == {m.name for m in MEASURES}
    totals = {name: total for name, (_, total) in found.shares.items()}
    assert totals["cross_validated"] == EXAMPLES * len(INTENTS)
    assert (totals["intents"], totals["answered"]) == (ROWS, ROWS)
    assert totals["emergencies_missed"] == sum(w.level >= CareLevel.EMERGENCY for w, _ in care.messages())
    missed, emergencies = found.shares["emergencies_missed"]
    assert missed < emergencies / 2, "this model knows chest pain"
    kept = confusions()
    assert kept is not None
    assert sum(map(sum, kept.counts)) == EXAMPLES * len(INTENTS)
    assert set(per_intent(held_out=True))
    assert "not measured again" not in capsys.readouterr().out
    again = measure(model, MadeFrom("others", {**MADE.files, "data/facts/facts.csv": "2"}, {}))
    assert "not measured again" in capsys.readouterr().out
    assert again.shares == found.shares
    assert again.inputs == "others"


def test_what_reads_messages_is_told_from_what_does_not(model: Path) -> None:
    before = understanding(model, MADE)
    assert understanding(model, MadeFrom("x", {**MADE.files, "data/facts/facts.csv": "2"}, {})) == before
    assert understanding(model, MadeFrom("x", {**MADE.files, "charley/care/guard.py": "2"}, {})) != before


def test_each_example_is_asked_of_a_model_that_did_not_learn_from_it_nor_from_a_twin(
    small: Path, model: Path
) -> None:
    folds = list(cross_validate(model, folds=3))
    asked = [guess.text for fold in folds for guess in fold]
    assert sorted(asked) == sorted(text for text, _ in examples_of())
    fold_of = {guess.text: number for number, fold in enumerate(folds) for guess in fold}
    texts = list(fold_of)
    assert all(fold_of[texts[a]] == fold_of[texts[b]] for a, b in near_twins(texts))
    assert [list(fold) for fold in cross_validate(model, folds=3)] == folds, (
        "the same examples, the same figures"
    )


def test_twins_and_twins_of_twins_are_one_family() -> None:
    texts = [
        "which foods have a lot of magnesium",
        "which foods have lots of magnesium",
        "how do i stop a cramp in my calf",
        "which foods have a lot of potassium",
        "thank you so much for that",
    ]
    one, two, other, three, last = families(texts)
    assert one == three
    assert len({one, other, last}) == 3
    assert two in (one, two)
