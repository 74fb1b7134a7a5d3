"""What both classifiers see of a message: the words, the letters and the meaning of its mended text.

tf-idf of words and of characters catches spelling and phrasing, the sentence vector catches
meaning. Computed once for each message.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from charley.reading.encoder import DIMENSIONS, sentence_encoder

WORDS = {"analyzer": "word", "ngram_range": (1, 2), "sublinear_tf": True, "token_pattern": r"(?u)\b\w+\b"}
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True}
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """One text: its sentence vector (384,), and the columns and values of its tf-idf row."""

    vector: Vector
    columns: npt.NDArray[np.int64]
    values: Vector

    def fingerprint(self) -> str:
        """Lets Rasa fingerprint training data that carries features."""
        return hashlib.sha256(self.vector.tobytes()).hexdigest()


class Featurizer:
    """Turns texts into features. Make one with `learn` or `load`."""

    def __init__(self, vocabularies: Sequence[dict[str, int]], idf: Sequence[Vector]) -> None:
        self._vocabularies = vocabularies
        self._idf = idf
        self._analyzers = [TfidfVectorizer(**settings).build_analyzer() for settings in (WORDS, CHARACTERS)]
        self._offsets = (DIMENSIONS, DIMENSIONS + len(vocabularies[0]))
        self.width = DIMENSIONS + sum(len(vocabulary) for vocabulary in vocabularies)

    def fingerprint(self) -> str:
        """Lets Rasa fingerprint training data that carries the featurizer."""
        return f"{self.width}"

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Featurizer:
        """A featurizer that knows the words and letters of these texts."""
        fitted = [TfidfVectorizer(**settings).fit(texts) for settings in (WORDS, CHARACTERS)]
        vocabularies = [{term: int(column) for term, column in v.vocabulary_.items()} for v in fitted]
        return cls(vocabularies, [v.idf_.astype(np.float32) for v in fitted])

    def of(self, text: str, vector: Vector | None = None) -> Features:
        """The features of one text; its sentence vector is computed unless given."""
        # As TfidfVectorizer.transform, which takes ten times as long on a single short text.
        columns, values = [], []
        for vocabulary, idf, analyzer, offset in zip(
            self._vocabularies, self._idf, self._analyzers, self._offsets, strict=True
        ):
            counts = Counter(vocabulary[term] for term in analyzer(text) if term in vocabulary)
            found = np.fromiter(counts, dtype=np.int64, count=len(counts))
            weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * idf[
                found
            ]
            norm = float(np.linalg.norm(weights)) or 1.0
            columns.append(found + offset)
            values.append((weights / norm).astype(np.float32))
        if vector is None:
            vector = sentence_encoder().encode(text)
        return Features(vector, np.concatenate(columns), np.concatenate(values))

    def of_all(self, texts: Sequence[str]) -> list[Features]:
        """The features of many texts, faster than one by one."""
        vectors = sentence_encoder().encode_all(texts)
        return [self.of(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def save(self, directory: Path) -> None:
        """Write it as JSON and numpy arrays (no pickle)."""
        (directory / "vocabularies.json").write_text(json.dumps(self._vocabularies), encoding="utf-8")
        np.savez(directory / "idf.npz", words=self._idf[0], characters=self._idf[1])

    @classmethod
    def load(cls, directory: Path) -> Featurizer:
        """Read what `save` wrote."""
        vocabularies = json.loads((directory / "vocabularies.json").read_text(encoding="utf-8"))
        idf = np.load(directory / "idf.npz", allow_pickle=False)
        return cls(vocabularies, [idf["words"], idf["characters"]])


def matrix_of(features: Sequence[Features], width: int) -> csr_matrix | Vector:
    """All features as one matrix of shape (len(features), width): with DIMENSIONS, the vectors alone."""
    vectors = np.stack([f.vector for f in features])
    if width == DIMENSIONS:
        return vectors
    dense = csr_matrix(vectors)
    ends = np.cumsum([0, *(len(f.columns) for f in features)])
    columns = np.concatenate([f.columns for f in features]) - DIMENSIONS
    values = np.concatenate([f.values for f in features])
    sparse = csr_matrix((values, columns, ends), shape=(len(features), width - DIMENSIONS))
    return hstack([dense, sparse], format="csr")
