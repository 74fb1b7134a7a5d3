"""The intent of a message: a linear model on words, characters, meaning and named subjects.

The mix that docs/benchmarks.md starts from: tf-idf of words and of characters catches spelling
and phrasing, the sentence vector catches meaning, the kinds of subject named say whether the
message is about Charley's matter at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from charley.reading.encoder import sentence_encoder

C = 20.0  # inverse regularisation, measured in the research (nlu.md); not tuned on our tests
KIND_WEIGHT = 0.5  # so that a named subject speaks, but not louder than the sentence
WORDS = {"analyzer": "word", "ngram_range": (1, 2), "sublinear_tf": True, "token_pattern": r"(?u)\b\w+\b"}
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True}


@dataclass(frozen=True)
class Example:
    """A message as the classifier sees it: its mended text and the kinds of subject it names."""

    text: str
    kinds: frozenset[str]


class IntentModel:
    """A trained classifier. Make one with `train` or `load`."""

    def __init__(
        self,
        vectorizers: Sequence[TfidfVectorizer],
        kinds: Sequence[str],
        intents: Sequence[str],
        weights: npt.NDArray[np.float32],
        bias: npt.NDArray[np.float32],
    ) -> None:
        self._vectorizers = vectorizers
        self._kinds = kinds
        self._weights = weights
        self._bias = bias
        self.intents = intents

    @classmethod
    def train(cls, examples: Sequence[Example], intents: Sequence[str]) -> IntentModel:
        """Fit on examples and their intents (same length, at least two different intents)."""
        texts = [example.text for example in examples]
        vectorizers = [TfidfVectorizer(**WORDS).fit(texts), TfidfVectorizer(**CHARACTERS).fit(texts)]
        kinds = sorted(frozenset().union(*(example.kinds for example in examples)))
        features = _features(examples, vectorizers, kinds)
        model = LogisticRegression(C=C, max_iter=400, class_weight="balanced").fit(features, intents)
        return cls(
            vectorizers,
            kinds,
            list(model.classes_),
            model.coef_.astype(np.float32),
            model.intercept_.astype(np.float32),
        )

    def predict(self, example: Example) -> list[tuple[str, float]]:
        """Every intent with its probability, most likely first."""
        features = _features([example], self._vectorizers, self._kinds)
        scores = (features @ self._weights.T)[0] + self._bias
        odds = np.exp(scores - scores.max())
        probabilities = odds / odds.sum()
        order = np.argsort(-probabilities)
        return [(self.intents[i], float(probabilities[i])) for i in order]

    def save(self, directory: Path) -> None:
        """Write the model as JSON and numpy arrays (no pickle)."""
        described = {
            "intents": list(self.intents),
            "kinds": list(self._kinds),
            "vocabularies": [{t: int(i) for t, i in v.vocabulary_.items()} for v in self._vectorizers],
        }
        (directory / "intents.json").write_text(json.dumps(described), encoding="utf-8")
        np.savez(
            directory / "intents.npz",
            weights=self._weights,
            bias=self._bias,
            idf0=self._vectorizers[0].idf_,
            idf1=self._vectorizers[1].idf_,
        )

    @classmethod
    def load(cls, directory: Path) -> IntentModel:
        """Read what `save` wrote."""
        described = json.loads((directory / "intents.json").read_text(encoding="utf-8"))
        arrays = np.load(directory / "intents.npz", allow_pickle=False)
        vectorizers = []
        for number, settings in enumerate((WORDS, CHARACTERS)):
            vectorizer = TfidfVectorizer(**settings, vocabulary=described["vocabularies"][number])
            vectorizer.idf_ = arrays[f"idf{number}"]
            vectorizers.append(vectorizer)
        return cls(vectorizers, described["kinds"], described["intents"], arrays["weights"], arrays["bias"])


def _features(
    examples: Sequence[Example], vectorizers: Sequence[TfidfVectorizer], kinds: Sequence[str]
) -> csr_matrix:
    texts = [example.text for example in examples]
    vectors = np.stack([sentence_encoder().encode(text) for text in texts])
    named = np.array([[KIND_WEIGHT * (kind in e.kinds) for kind in kinds] for e in examples])
    dense = csr_matrix(np.hstack([vectors, named.reshape(len(examples), len(kinds))]))
    return hstack([*(v.transform(texts) for v in vectorizers), dense], format="csr")
