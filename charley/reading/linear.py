"""A linear classifier over features: trained by scikit-learn, applied by numpy."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from charley.reading.encoder import DIMENSIONS
from charley.reading.features import Features, matrix_of

Array = npt.NDArray[np.float32]
SCALE = 8.0  # rows of length 1 make the solver crawl; the weights are brought back to the rows as they are


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
        c: float,
        extra: Array | None = None,
        rarity: float = 0.0,
        rounds: int = 60,
    ) -> LinearClassifier:
        """Fit a logistic regression.

        Args:
            features, wanted: one each for every text; at least two different classes.
            width: of the features' rows; DIMENSIONS for the sentence vectors alone.
            c: inverse strength of regularisation.
            extra: shape (texts, columns).
            rarity: how much more the texts of a rare class weigh: 0 not at all, 1 so much that all classes count the same.
            rounds: of the solver at most; few are a regularisation too (300 changed no figure of the care vote
                on development data and took five times as long).
        """
        matrix = matrix_of(features, width)
        if extra is not None:
            matrix = hstack([matrix, csr_matrix(extra)], format="csr")
        texts = Counter(wanted)
        usual = len(wanted) / len(texts)
        weight = {name: (usual / count) ** rarity for name, count in texts.items()}
        model = LogisticRegression(C=c / SCALE**2, max_iter=rounds, class_weight=weight)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # `rounds` are what was asked for
            model.fit(matrix * SCALE, wanted)
        weights, bias = model.coef_ * SCALE, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn then keeps the second class's row only
            weights, bias = np.vstack([np.zeros_like(weights), weights]), np.array([0.0, bias[0]])
        return cls(list(model.classes_), weights.astype(np.float32), bias.astype(np.float32), width)

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
