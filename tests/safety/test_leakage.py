"""No test message stands, or nearly stands, among what the guard learns from."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from charley.care.flags import load_care
from charley.care.twins import near_twins
from charley.trainers.quality.care import messages
from tests.safety.measure import DEVELOPMENT, HELD_OUT, pairs


@pytest.fixture(scope="module")
def learnt(root: Path) -> list[str]:
    return [wording.text for wording in load_care(root / "data" / "care").wordings()]


@pytest.mark.parametrize("share", [HELD_OUT, DEVELOPMENT])
def test_no_held_out_message_has_a_twin_in_training(share: Path, learnt: list[str]) -> None:
    texts = [wording.text for wording, _ in messages(share)]
    assert [(texts[i], learnt[j]) for i, j in near_twins(texts, learnt)] == []


def test_no_held_out_message_has_a_twin_among_the_intents_examples(root: Path) -> None:
    """The harmless ones of these teach the care vote too."""
    examples = [
        example.removeprefix("- ")
        for path in (root / "data" / "nlu").glob("*.yml")
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for example in block["examples"].splitlines()
    ]
    texts = [wording.text for wording, _ in messages(HELD_OUT)]
    assert [(texts[i], examples[j]) for i, j in near_twins(texts, examples)] == []


@pytest.mark.parametrize(("name", "column"), [("minimisers.csv", "minimised"), ("variants.csv", "variant")])
def test_no_pair_has_a_twin_in_training(name: str, column: str, learnt: list[str]) -> None:
    texts = [row[key] for row in pairs(name) for key in ("text", column)]
    assert [(texts[i], learnt[j]) for i, j in near_twins(texts, learnt)] == []


def test_there_are_enough_of_them() -> None:
    assert len(messages(HELD_OUT)) >= 2000
    assert len(pairs("minimisers.csv")) >= 300
    assert len(pairs("variants.csv")) >= 300
