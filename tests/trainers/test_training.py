"""The course of `charley train`: what does worse is not taken, and what goes wrong loses nothing.

Only Rasa's training and the measuring are stood in for here; tests/trainers/test_quick_training.py and
test_measure.py run them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from charley.knowledge import KnowledgeError, read_model
from charley.rasa.inputs import MadeFrom, made_from, read_label
from charley.rasa.training import CANDIDATE, MODEL, TrainingFailed
from charley.trainers import models, training
from charley.trainers.quality import details, figures, messages
from charley.trainers.quality.details import Details
from charley.trainers.quality.figures import Figures, Share
from charley.trainers.quality.margins import MEASURES
from charley.trainers.training import Dropped, train
from tests.trainers.archives import FACT, MOVED, archive

Train = Callable[..., None]


class Bench:
    """A project whose training takes no time: what the next one gives is set here."""

    def __init__(self, project: Path, patch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.trained = self.measured = 0
        self.missed = 10  # emergencies
        self.statements: Mapping[str, str | None] = {}
        (project / messages.HELD_OUT).mkdir(parents=True)
        patch.setattr("charley.rasa.training.train", self._train)
        patch.setattr(training, "measure", self._measure)

    def edit(self, word: str) -> None:
        """Change an example."""
        path = self.project / "data" / "nlu" / "small_talk.yml"
        path.write_text(path.read_text(encoding="utf-8") + f"# {word}\n", encoding="utf-8")

    def _train(self, force: bool = False) -> Path:
        self.trained += 1
        return archive(CANDIDATE, made_from().inputs, self.statements)

    def _measure(self, model: Path, made: MadeFrom) -> Details:
        self.measured += 1
        shares = {m.name: (90, 100) for m in MEASURES} | {"emergencies_missed": (self.missed, 1000)}
        found = Details(made.inputs, "key", messages.fingerprint(), shares)
        details.write(found)
        return found


@pytest.fixture
def bench(project: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(project, monkeypatch)


def served() -> str:
    made = read_label(MODEL)
    assert made is not None
    return made.inputs


def test_a_training_writes_its_row_and_the_next_stands_beside_it(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    train()
    bench.edit("more")
    bench.missed = 9
    train()
    told = capsys.readouterr().out
    assert "9 of 1000" in told
    assert "10 of 1000" in told
    assert [row.shares["emergencies_missed"] for row in figures.history()] == [
        Share(10, 1000),
        Share(9, 1000),
    ]
    assert served() == made_from().inputs


def test_unchanged_inputs_are_neither_trained_nor_measured_nor_written(bench: Bench) -> None:
    train()
    before = figures.FILE.read_bytes()
    train()
    assert (bench.trained, bench.measured) == (1, 1)
    train(force=True)
    assert (bench.trained, bench.measured) == (2, 2)
    assert figures.FILE.read_bytes() == before


def test_a_model_that_does_worse_is_not_taken_and_the_one_before_stays(bench: Bench) -> None:
    train()
    before, rows = served(), figures.FILE.read_bytes()
    bench.edit("harm")
    bench.missed = 11
    with pytest.raises(Dropped) as caught:
        train()
    told = str(caught.value)
    assert "emergencies and self-harm below emergency: 11 of 1000, before 10 of 1000" in told
    assert "may be a life" in told, "the reason of the margin"
    assert "charley train --accept-drop" in told
    assert served() == before
    assert CANDIDATE.exists()
    assert figures.FILE.read_bytes() == rows


def test_what_was_refused_is_neither_trained_nor_measured_again_and_refused_again(bench: Bench) -> None:
    train()
    bench.edit("harm")
    bench.missed = 11
    for _ in range(2):
        with pytest.raises(Dropped):
            train()
    assert (bench.trained, bench.measured) == (2, 2)


def test_a_drop_is_taken_with_a_reason_which_stands_in_its_row(bench: Bench) -> None:
    train()
    bench.edit("harm")
    bench.missed = 11
    with pytest.raises(Dropped):
        train()
    train(accept="the clinician took the sign out")
    assert bench.trained == 2
    assert served() == made_from().inputs
    assert [row.accepted for row in figures.history()] == ["", "the clinician took the sign out"]
    bench.edit("more")
    bench.missed = 12
    with pytest.raises(Dropped, match="before 11 of 1000"):
        train()


def test_a_reason_is_not_written_where_nothing_dropped(bench: Bench) -> None:
    train(accept="just in case")
    assert [row.accepted for row in figures.history()] == [""]


def test_in_a_clean_clone_the_last_row_is_the_measure(bench: Bench) -> None:
    shares = {m.name: Share(90, 100) for m in MEASURES} | {"emergencies_missed": Share(3, 1000)}
    figures.add(Figures("2026-11-30", "elsewhere", messages.fingerprint(), shares, 20.0, 9.0))
    with pytest.raises(Dropped, match="10 of 1000, before 3 of 1000"):
        train()
    assert not MODEL.exists()
    bench.missed = 3
    train(force=True)
    assert MODEL.exists()


def test_after_an_undo_the_model_in_service_is_the_measure(bench: Bench) -> None:
    train()
    bench.edit("better")
    bench.missed = 5
    train()
    models.go_back()
    bench.edit("another way")
    bench.missed = 10
    train()
    assert served() == made_from().inputs


def test_where_there_is_nothing_to_measure_on_it_says_so_and_goes_on(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    (bench.project / messages.HELD_OUT).rmdir()
    train()
    assert "nothing to measure on here (no tests/held_out/)" in capsys.readouterr().out
    assert served() == made_from().inputs
    assert bench.measured == 0


def test_measuring_can_be_left_out(bench: Bench) -> None:
    train(measured=False)
    assert served() == made_from().inputs
    assert (bench.measured, figures.history()) == (0, [])


def test_what_was_undone_is_not_trained_again_unasked(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    train()
    first = served()
    bench.edit("more")
    bench.statements = {FACT: MOVED}
    train()
    models.go_back()
    capsys.readouterr()
    train()
    told = capsys.readouterr().out
    assert f"data/ still holds what you undid: facts changed: {FACT}" in told
    assert "charley undo --back" in told
    assert (served(), bench.trained) == (first, 2)


def test_an_undone_fact_that_comes_back_with_the_next_training_is_named(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    train()
    bench.edit("more")
    bench.statements = {FACT: MOVED}
    train()
    models.go_back()
    bench.edit("yet more")
    train()
    assert f"data/ still holds what you undid, and so does the new model: {FACT}." in capsys.readouterr().out
    bench.edit("and more")
    train()
    assert "still holds" not in capsys.readouterr().out, "nothing is undone any more"


def test_two_trainings_at_once_do_not_meet(bench: Bench) -> None:
    with training._alone(), pytest.raises(TrainingFailed, match="another training is running"):
        train()
    train()
    assert served() == made_from().inputs


def test_broken_data_leave_the_last_good_model_in_service(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    train()
    facts, before = read_model(MODEL).table.facts, served()
    monkeypatch.undo()  # the real training, which checks data/ first
    monkeypatch.chdir(bench.project)
    path = bench.project / "data" / "facts" / "facts.csv"
    for spoilt in ("half,a row\n", '"never closed\n', "\N{SNOWMAN}"):
        text = path.read_bytes()
        path.write_bytes(text + spoilt.encode("utf-16" if spoilt == "\N{SNOWMAN}" else "utf-8"))
        with pytest.raises(KnowledgeError, match=r"facts\.csv"):
            train()
        path.write_bytes(text)
    assert served() == before
    assert read_model(MODEL).table.facts == facts
    assert not CANDIDATE.exists()
