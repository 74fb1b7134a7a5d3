"""What is behind the figures of the last measuring: var/quality.json, for the trainer's page."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path("var/quality.json")


@dataclass(frozen=True)
class Guess:
    """A message, what it means, and what it was taken for."""

    text: str
    true: str
    predicted: str

    @property
    def right(self) -> bool:
        return self.true == self.predicted


@dataclass(frozen=True)
class Confusions:
    """Which intents are taken for which.

    Attributes:
        labels: intents.
        counts: of messages, by [true][predicted] in the order of `labels`.
        examples: (true, predicted) -> messages taken wrongly; none of held-out ones, which nobody may tune on.
    """

    labels: Sequence[str]
    counts: Sequence[Sequence[int]]
    examples: Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True)
class IntentFigures:
    """How well one intent is told: `precision` of what was taken for it, `recall` of its `count` messages."""

    precision: float
    recall: float
    count: int


@dataclass(frozen=True)
class Details:
    """What a measuring found.

    Attributes:
        inputs: the whole fingerprint of what the model was made from.
        understanding: the fingerprint of all that reads messages in that model.
        messages: that of the messages written apart.
        shares: figure -> (so many, of so many).
        cross_validated: guesses on training examples.
        held_out: the same on messages written apart; without their texts.
    """

    inputs: str
    understanding: str
    messages: str
    shares: Mapping[str, tuple[int, int]]
    cross_validated: Sequence[Guess] = field(default=())
    held_out: Sequence[Guess] = field(default=())


def write(details: Details, root: Path = Path()) -> None:
    """Keep them, in place of those before."""
    right = Counter((guess.true, guess.predicted) for guess in details.cross_validated if guess.right)
    wrong = [[g.text, g.true, g.predicted] for g in details.cross_validated if not g.right]
    kept = {
        "inputs": details.inputs,
        "understanding": details.understanding,
        "messages": details.messages,
        "shares": details.shares,
        "cross_validated": {
            "right": {true: count for (true, _), count in sorted(right.items())},
            "wrong": wrong,
        },
        "held_out": [[g.true, g.predicted] for g in details.held_out],
    }
    path = root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    scratch.replace(path)


def last(root: Path = Path()) -> Details | None:
    """Those of the last measuring; None where there are none that can be read."""
    try:
        kept: dict[str, Any] = json.loads((root / FILE).read_text(encoding="utf-8"))
        examples = kept["cross_validated"]
        guesses = [Guess("", true, true) for true, count in examples["right"].items() for _ in range(count)]
        return Details(
            kept["inputs"],
            kept["understanding"],
            kept["messages"],
            {name: (count, total) for name, (count, total) in kept["shares"].items()},
            [*guesses, *(Guess(*wrong) for wrong in examples["wrong"])],
            [Guess("", true, predicted) for true, predicted in kept["held_out"]],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def confusions(root: Path = Path(), held_out: bool = False) -> Confusions | None:
    """Which intents were taken for which at the last measuring; None where there was none.

    Args:
        held_out: of messages written apart, instead of training examples (cross-validated).
    """
    details = last(root)
    guesses = details and (details.held_out if held_out else details.cross_validated)
    return _confusions(guesses) if guesses else None


def per_intent(root: Path = Path(), held_out: bool = False) -> dict[str, IntentFigures]:
    """The figures of each intent at the last measuring; empty where there was none."""
    found = confusions(root, held_out)
    if found is None:
        return {}
    columns = [sum(row[i] for row in found.counts) for i in range(len(found.labels))]
    return {
        label: IntentFigures(
            found.counts[i][i] / (columns[i] or 1),
            found.counts[i][i] / (sum(found.counts[i]) or 1),
            sum(found.counts[i]),
        )
        for i, label in enumerate(found.labels)
    }


def _confusions(guesses: Iterable[Guess]) -> Confusions:
    counts, examples = Counter[tuple[str, str]](), defaultdict[tuple[str, str], list[str]](list)
    for guess in guesses:
        counts[guess.true, guess.predicted] += 1
        if not guess.right and guess.text:
            examples[guess.true, guess.predicted].append(guess.text)
    labels = sorted({label for pair in counts for label in pair})
    return Confusions(labels, [[counts[true, other] for other in labels] for true in labels], dict(examples))
