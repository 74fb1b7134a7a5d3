"""`charley undo`: what it changes is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.rasa.training import CANDIDATE, MODEL
from charley.trainers import models
from charley.trainers.models import NoSuchModel
from charley.trainers.quality import figures
from charley.trainers.quality.figures import Figures, Share
from charley.trainers.undo import listed, undo
from tests.trainers.archives import FACT, MOVED, archive


def test_it_says_which_facts_and_examples_come_and_go(tmp_path: Path) -> None:
    archive(tmp_path / CANDIDATE, "first", examples={"greet": 3, "thank": 2}, files={"config.yml": "1"})
    models.take(tmp_path)
    new = {FACT: MOVED, "zinc-definition": "Zinc is a mineral.", "magnesium-role-relax": None}
    archive(tmp_path / CANDIDATE, "second", new, {"greet": 5, "thank": 2}, {"config.yml": "2"})
    models.take(tmp_path)
    told = list(undo(tmp_path))
    assert told[0].startswith("In service now: charley-0001.tar.gz")
    assert told[1].startswith("Before: charley-0002.tar.gz")
    assert told[2:7] == [
        "  facts added: magnesium-role-relax",
        f"  facts changed: {FACT}",
        "  facts withdrawn: zinc-definition",
        "  examples of greet: 5 -> 3",
        "  other files: config.yml",
    ]
    assert any("stop it and start it again" in line for line in told)


def test_it_shows_the_figures_of_both(tmp_path: Path) -> None:
    for inputs, right in (("first", 90), ("second", 95)):
        shares = {"intents": Share(right, 100)}
        figures.add(Figures("2026-11-30", inputs, "apart", shares, 20.0, 9.0), tmp_path)
        archive(tmp_path / CANDIDATE, inputs)
        models.take(tmp_path)
    told = "\n".join(undo(tmp_path))
    assert "90 of 100 = 90.00%" in told
    assert "95 of 100 = 95.00%" in told
    assert "-5.00" in told


def test_the_first_model_can_not_be_undone(tmp_path: Path) -> None:
    archive(tmp_path / CANDIDATE, "first")
    models.take(tmp_path)
    with pytest.raises(NoSuchModel):
        list(undo(tmp_path))


def test_a_copied_model_is_undone_and_had_back(tmp_path: Path) -> None:
    archive(tmp_path / CANDIDATE, "first")
    models.take(tmp_path)
    (tmp_path / MODEL).unlink()
    archive(tmp_path / MODEL, "copied", {FACT: MOVED})
    assert f"  facts changed: {FACT}" in list(undo(tmp_path))
    assert next(iter(undo(tmp_path, back=True))).startswith("In service now: charley-0002.tar.gz")


def test_the_list_marks_what_is_in_service_and_what_is_undone(tmp_path: Path) -> None:
    assert list(listed(tmp_path)) == ["There is no model in service. Train one with: charley train"]
    for inputs in ("first", "second", "third"):
        archive(tmp_path / CANDIDATE, inputs)
        models.take(tmp_path)
    list(undo(tmp_path))
    first, second, third, _ = listed(tmp_path)
    assert first.startswith("  charley-0001.tar.gz, trained 2026-11-30 10:00 UTC from first")
    assert second.startswith("* charley-0002.tar.gz")
    assert third.endswith("(undone)")
