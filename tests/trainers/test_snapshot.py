"""A model never holds facts other than those that its training checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from charley.rasa import training
from charley.rasa.inputs import read_label
from charley.rasa.training import CANDIDATE, TrainingFailed
from tests.trainers.archives import FACT, MOVED, archive


class Rasa:
    """A training process that writes a model with these statements, and may edit a file meanwhile."""

    def __init__(self, edits: Path | None = None, **statements: str) -> None:
        self._edits, self._statements = edits, {k.replace("_", "-"): v for k, v in statements.items()}

    def __call__(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        archive(Path(command[5]) / "charley.tar.gz", "", self._statements)
        if self._edits:
            self._edits.write_text(self._edits.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
        return real([sys.executable, "-c", ""], **options)


real = subprocess.Popen


def test_a_model_with_facts_of_before_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charley.rasa.training.subprocess.Popen", Rasa(magnesium_definition=MOVED))
    with pytest.raises(TrainingFailed, match="edited meanwhile"):
        training.train()
    assert not CANDIDATE.exists()
    assert FACT == "magnesium-definition"


def test_a_model_with_the_facts_at_hand_is_taken(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charley.rasa.training.subprocess.Popen", Rasa())
    training.train()
    assert training.is_current(CANDIDATE)


def test_a_file_edited_while_it_trains_means_training_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = project / "data" / "nlu" / "cramps.yml"
    monkeypatch.setattr("charley.rasa.training.subprocess.Popen", Rasa(edits))
    training.train()
    label = read_label(CANDIDATE)
    assert label is not None
    assert label.inputs == ""
    assert not training.is_current(CANDIDATE)
