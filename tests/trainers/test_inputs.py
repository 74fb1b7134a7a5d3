"""What a model is made from, and the label that says so."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from charley.knowledge import SNAPSHOT
from charley.rasa.inputs import (
    LABEL,
    MadeFrom,
    examples_at_hand,
    inputs_fingerprint,
    label,
    made_from,
    read_label,
)
from tests.conftest import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the code and a little data."""
    shutil.copytree(ROOT / "charley", tmp_path / "charley", ignore=shutil.ignore_patterns("*.onnx"))
    shutil.copytree(ROOT / "data" / "nlu", tmp_path / "data" / "nlu")
    shutil.copy(ROOT / "config.yml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "file",
    ["cli.py", "trainers/models.py", "rasa/platforms/slack.py", "rasa/widget/channel.py", "rasa/server.py"],
)
def test_code_that_no_model_is_made_from_means_no_training(file: str, copy: Path) -> None:
    before = inputs_fingerprint(copy)
    with (copy / "charley" / file).open("a", encoding="utf-8") as code:
        code.write("# changed\n")
    assert inputs_fingerprint(copy) == before


@pytest.mark.parametrize(
    "file", ["charley/rasa/intents.py", "charley/care/guard.py", "data/nlu/cramps.yml", "config.yml"]
)
def test_what_a_model_is_made_from_means_training(file: str, copy: Path) -> None:
    before = inputs_fingerprint(copy)
    with (copy / file).open("a", encoding="utf-8") as code:
        code.write("# changed\n")
    assert inputs_fingerprint(copy) != before


def test_examples_are_counted_by_intent(copy: Path) -> None:
    before = examples_at_hand(copy)
    path = copy / "data" / "nlu" / "small_talk.yml"
    text = path.read_text(encoding="utf-8")
    head, tail = text.split("intent: greet\n", 1)
    tail = tail.replace("- ", "- hullo there\n    - ", 1)
    path.write_text(f"{head}intent: greet\n{tail}", encoding="utf-8")
    after = examples_at_hand(copy)
    assert after.pop("greet") == before.pop("greet") + 1
    assert after == before


def test_broken_examples_are_not_counted_and_stop_nothing(copy: Path) -> None:
    (copy / "data" / "nlu" / "small_talk.yml").write_text("nlu:\n\t- intent: greet\n", encoding="utf-8")
    assert examples_at_hand(copy) == {}


def test_a_label_is_the_first_thing_in_a_model_and_the_rest_stays(model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(model, tmp_path / "model.tar.gz"))
    made = MadeFrom("abc", {"config.yml": "1"}, {"greet": 4}, "2026-11-30T10:00:00+00:00", 3.5)
    label(copy, made)
    label(copy, made)  # again: it stands there once
    with tarfile.open(model) as old, tarfile.open(copy) as new:
        first, second, *rest = new.getnames()
        assert (first, Path(second).name) == (LABEL, SNAPSHOT), "what is looked for first comes first"
        assert {*rest, second} == {name for name in old.getnames() if name != LABEL}
    assert read_label(copy) == made


def test_a_model_without_a_label_or_a_file_that_is_none_has_no_label(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "plain.tar.gz", "w:gz") as tar:
        tar.add(ROOT / "config.yml", "metadata.json")
    (tmp_path / "broken.tar.gz").write_bytes(b"half a mod")
    assert read_label(tmp_path / "plain.tar.gz") is None
    assert read_label(tmp_path / "broken.tar.gz") is None
    assert read_label(tmp_path / "missing.tar.gz") is None


def test_the_label_of_the_model_at_hand_names_its_examples(model: Path, root: Path) -> None:
    made = read_label(model)
    assert made is not None, "the model is of an older form: run `make train` first"
    assert sum(made.examples.values()) > 1000
    assert "data/facts/facts.csv" in made.files
    assert made_from(root).inputs
