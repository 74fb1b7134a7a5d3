"""The features of a text: tf-idf as scikit-learn computes it, beside the sentence vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from charley.reading.encoder import DIMENSIONS, sentence_encoder
from charley.reading.features import CHARACTERS, WORDS, Features, Featurizer, matrix_of

LEARNT = [
    "how do i stop a cramp",
    "my calf cramps, cramps and cramps again",
    "which foods have magnesium",
    "is magnesium good for a cramp at night?",
    "hello charley",
]
TEXTS = [
    *LEARNT,
    "a cramp",
    "cramp cramp cramp cramp",
    "Which FOODS stop cramps",
    "a word unheard of",
    "i don't, i can't",
    "zzz qqq",
    "x",
    "\U0001f9b5 krämpfe",
    "",
    "   ",
]


@pytest.fixture(scope="module")
def featurizer() -> Featurizer:
    return Featurizer.learn(LEARNT)


@pytest.fixture(scope="module")
def reloaded(featurizer: Featurizer, tmp_path_factory: pytest.TempPathFactory) -> Featurizer:
    folder = tmp_path_factory.mktemp("featurizer")
    featurizer.save(folder)
    return Featurizer.load(folder)


def same(one: Features, other: Features) -> bool:
    return (
        np.array_equal(one.vector, other.vector)
        and np.array_equal(one.columns, other.columns)
        and np.array_equal(one.values, other.values)
    )


def row(featurizer: Featurizer, text: str) -> np.ndarray:
    """The tf-idf part of a text's row."""
    nothing = np.zeros(DIMENSIONS, dtype=np.float32)
    found = featurizer.of(text, nothing)
    dense = np.zeros(featurizer.width - DIMENSIONS)
    dense[found.columns - DIMENSIONS] = found.values
    return dense


@pytest.mark.parametrize("text", TEXTS)
def test_a_row_is_the_one_that_scikit_learn_computes(featurizer: Featurizer, text: str) -> None:
    fitted = [TfidfVectorizer(**settings).fit(LEARNT) for settings in (WORDS, CHARACTERS)]
    wanted = np.concatenate([v.transform([text]).toarray()[0] for v in fitted])
    np.testing.assert_allclose(row(featurizer, text), wanted, atol=1e-6)


def test_the_width_counts_the_vector_and_every_term(featurizer: Featurizer) -> None:
    terms = [len(TfidfVectorizer(**settings).fit(LEARNT).vocabulary_) for settings in (WORDS, CHARACTERS)]
    assert featurizer.width == DIMENSIONS + sum(terms)


@pytest.mark.parametrize("text", TEXTS)
def test_each_column_stands_once_and_inside_the_row(featurizer: Featurizer, text: str) -> None:
    columns = featurizer.of(text).columns
    assert len(set(columns.tolist())) == len(columns)
    assert all(DIMENSIONS <= column < featurizer.width for column in columns)


def test_a_text_without_a_known_term_has_only_its_vector(featurizer: Featurizer) -> None:
    found = featurizer.of("\U0001f9b5")
    assert (len(found.columns), len(found.values)) == (0, 0)
    assert found.vector.shape == (DIMENSIONS,)


def test_the_vectors_are_the_encoders_unless_they_are_given(featurizer: Featurizer) -> None:
    given = np.ones(DIMENSIONS, dtype=np.float32)
    assert np.array_equal(featurizer.of("hello").vector, sentence_encoder().encode("hello"))
    assert featurizer.of("hello", given).vector is given


def test_many_texts_have_the_features_of_each(featurizer: Featurizer) -> None:
    for text, found in zip(TEXTS, featurizer.of_all(TEXTS), strict=True):
        alone = featurizer.of(text)
        assert np.array_equal(found.columns, alone.columns)
        assert np.array_equal(found.values, alone.values)
        assert float(found.vector @ alone.vector) > 0.97, "int8 rounds a batch a little differently"


def test_no_texts_have_no_features(featurizer: Featurizer) -> None:
    assert featurizer.of_all([]) == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_saved_featurizer_gives_the_same_once_loaded(
    featurizer: Featurizer, reloaded: Featurizer, text: str
) -> None:
    assert same(featurizer.of(text), reloaded.of(text))
    assert reloaded.width == featurizer.width


def test_a_saved_featurizer_holds_no_pickle(featurizer: Featurizer, tmp_path: Path) -> None:
    featurizer.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}
    assert set(np.load(tmp_path / "idf.npz", allow_pickle=False).files) == {"words", "characters"}


def test_a_fingerprint_tells_texts_apart(featurizer: Featurizer) -> None:
    prints = [featurizer.of(text).fingerprint() for text in ("hello charley", "a cramp", "which foods")]
    assert len(set(prints)) == 3
    assert featurizer.of("a cramp").fingerprint() == prints[1]


def test_featurizers_of_other_words_have_another_fingerprint(featurizer: Featurizer) -> None:
    other = Featurizer.learn([*LEARNT, "potassium"])
    swapped = Featurizer.learn([text.replace("hello", "jello") for text in LEARNT])
    assert len({featurizer.fingerprint(), other.fingerprint(), swapped.fingerprint()}) == 3


def test_a_matrix_holds_each_row_in_order(featurizer: Featurizer) -> None:
    features = featurizer.of_all(TEXTS)
    matrix = matrix_of(features, featurizer.width)
    assert isinstance(matrix, csr_matrix)
    assert matrix.shape == (len(TEXTS), featurizer.width)
    for number, (text, found) in enumerate(zip(TEXTS, features, strict=True)):
        dense = matrix[number].toarray()[0]
        np.testing.assert_allclose(dense[:DIMENSIONS], found.vector, atol=1e-7)
        np.testing.assert_allclose(dense[DIMENSIONS:], row(featurizer, text), atol=1e-7)


def test_a_matrix_as_wide_as_a_vector_holds_the_vectors_alone(featurizer: Featurizer) -> None:
    features = featurizer.of_all(LEARNT)
    matrix = matrix_of(features, DIMENSIONS)
    assert np.array_equal(matrix, np.stack([f.vector for f in features]))
