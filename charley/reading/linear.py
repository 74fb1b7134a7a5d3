"""A linear classifier over features: trained by scikit-learn, applied by numpy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.neural_network import MLPClassifier

from charley.reading.encoder import DIMENSIONS
from charley.reading.features import Features, matrix_of

Array = npt.NDArray[np.float32]
SCALE = 8.0  # rows of length 1 make the solver crawl; the weights are brought back to the rows as they are
# Texts of a batch, round by round: growing ones settle as a falling rate would (Smith et al. 2018, "Don't decay
# the learning rate, increase the batch size"); with 256 to the end misses hung on the draw (8 to 15 of 698).
BATCHES = (256, 256, 512, 1024, 4096)
RATE, PENALTY = 5e-3, 0.02  # chosen on development messages, where others did about as well
LEAST_STEPS = 400  # in all, for a handful of texts
SEED = 7  # of the draws: the same data give the same model


class LinearClassifier:
    """Gives each class its probability. Make one with `train` or `load`.

    `extra` are further columns after those of the features: a dense row for each text.
    """

    def __init__(self, classes: Sequence[str], weights: Array, bias: Array, width: int) -> None:
        self.classes = list(classes)
        self._by_column = np.ascontiguousarray(weights.T)  # (columns, classes): a text needs few columns
        self._bias = bias
        self._width = width

    @classmethod
    def train(
        cls,
        features: Sequence[Features],
        wanted: Sequence[str],
        width: int,
        extra: Array | None = None,
        rarity: float = 0.0,
    ) -> LinearClassifier:
        """Fit a multinomial logistic regression, by Adam on small batches.

        Args:
            features, wanted: one each for every text; at least two different classes.
            width: of the features' rows; DIMENSIONS for the sentence vectors alone.
            extra: shape (texts, columns).
            rarity: how much more often the texts of a rare class are drawn: 0 not at all, 1 so much that
                all classes count the same.
        """
        matrix = matrix_of(features, width)
        if extra is not None:
            matrix = hstack([matrix, csr_matrix(extra)], format="csr")
        matrix = (matrix * SCALE).astype(np.float32)
        names, labels = np.unique(wanted, return_inverse=True)
        chance = np.bincount(labels)[labels] ** -float(rarity)
        chance = chance / chance.sum()
        # No hidden layer: softmax on a linear map, as LogisticRegression, in a tenth (care) or a quarter (intents) of the time.
        model = MLPClassifier((), learning_rate_init=RATE, alpha=PENALTY, random_state=SEED)
        dice = np.random.default_rng(SEED)
        rounds = max(1, LEAST_STEPS // (len(BATCHES) * -(-len(labels) // BATCHES[0])))
        for size in np.repeat(BATCHES, rounds):
            model.batch_size = min(int(size), len(labels))
            drawn = dice.choice(len(labels), len(labels), p=chance) if rarity else slice(None)
            model.partial_fit(matrix[drawn], labels[drawn], classes=range(len(names)))
        weights, bias = model.coefs_[0].T * SCALE, model.intercepts_[0]
        if len(names) == 2:  # scikit-learn then keeps the second class's row only
            weights, bias = np.vstack([np.zeros_like(weights), weights]), np.array([0.0, bias[0]])
        return cls(names.tolist(), weights.astype(np.float32), bias.astype(np.float32), width)

    def probabilities(self, features: Features, extra: Array | None = None) -> Array:
        """The probability of each class, in the order of `classes`."""
        scores = self._bias + features.vector @ self._by_column[: len(features.vector)]
        if self._width > DIMENSIONS:
            scores = scores + features.values @ self._by_column[features.columns]
        if extra is not None:
            scores = scores + extra @ self._by_column[self._width :]
        odds = np.exp(scores - scores.max())
        result: Array = odds / odds.sum()
        return result

    def save(self, directory: Path, name: str) -> None:
        """Write `name`.json and `name`.npz (no pickle)."""
        described = {"classes": self.classes, "width": self._width}
        (directory / f"{name}.json").write_text(json.dumps(described), encoding="utf-8")
        np.savez(directory / f"{name}.npz", weights=self._by_column.T, bias=self._bias)

    @classmethod
    def load(cls, directory: Path, name: str) -> LinearClassifier:
        """Read what `save` wrote."""
        described = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
        arrays = np.load(directory / f"{name}.npz", allow_pickle=False)
        return cls(described["classes"], arrays["weights"], arrays["bias"], described["width"])
