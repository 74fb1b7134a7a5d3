"""The intent of a message: a linear model on its features and the kinds of subject it names.

The kinds of subject named say whether a message is about Charley's matter at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from charley.reading.features import Features
from charley.reading.linear import LinearClassifier

NAME = "intents"
RARITY = 0.4  # out of scope has ten times the examples of the others; with 1 more of it was taken for ours
KIND_WEIGHT = 0.5  # so that a named subject speaks, but not louder than the sentence


@dataclass(frozen=True)
class Example:
    """A message as the classifier sees it: its features and the kinds of subject it names."""

    features: Features
    kinds: frozenset[str]


class IntentModel:
    """A trained classifier. Make one with `train` or `load`."""

    def __init__(self, model: LinearClassifier, kinds: Sequence[str]) -> None:
        self._model = model
        self._kinds = list(kinds)

    @property
    def intents(self) -> list[str]:
        return self._model.classes

    @classmethod
    def train(cls, examples: Sequence[Example], intents: Sequence[str], width: int) -> IntentModel:
        """Fit on examples and their intents (same length, at least two different intents)."""
        kinds = sorted(frozenset().union(*(example.kinds for example in examples)))
        named = np.stack([_named(example, kinds) for example in examples])
        features = [example.features for example in examples]
        return cls(LinearClassifier.train(features, intents, width, named, RARITY), kinds)

    def predict(self, example: Example) -> list[tuple[str, float]]:
        """Every intent with its probability, most likely first."""
        probabilities = self._model.probabilities(example.features, _named(example, self._kinds))
        order = np.argsort(-probabilities)
        return [(self.intents[i], float(probabilities[i])) for i in order]

    def save(self, directory: Path) -> None:
        """Write the model as JSON and numpy arrays (no pickle)."""
        (directory / "kinds.json").write_text(json.dumps(self._kinds), encoding="utf-8")
        self._model.save(directory, NAME)

    @classmethod
    def load(cls, directory: Path) -> IntentModel:
        """Read what `save` wrote."""
        kinds = json.loads((directory / "kinds.json").read_text(encoding="utf-8"))
        return cls(LinearClassifier.load(directory, NAME), kinds)


def _named(example: Example, kinds: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.array([KIND_WEIGHT * (kind in example.kinds) for kind in kinds], dtype=np.float32)
