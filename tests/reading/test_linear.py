"""The linear classifier: scikit-learn's probabilities without scikit-learn, and the same once loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from charley.reading.encoder import DIMENSIONS
from charley.reading.features import Features, Featurizer, matrix_of
from charley.reading.linear import LinearClassifier

LEARNT = {
    "relief": ["how do i stop a cramp", "make this cramp go away", "what helps right now"],
    "food": ["which foods have magnesium", "what should i eat", "best food for cramps"],
    "greet": ["hello", "hi there", "good morning"],
}
TEXTS = [text for texts in LEARNT.values() for text in texts]
WANTED = [name for name, texts in LEARNT.items() for _ in texts]
UNSEEN = ["stop this cramp", "hello there", "any food", "", "\U0001f9b5", "something else entirely"]
FEATURIZER = Featurizer.learn(TEXTS)
FEATURES = FEATURIZER.of_all(TEXTS)
EXTRA = np.array([[float("food" in text or "eat" in text), 1.0] for text in TEXTS], dtype=np.float32)
WIDTHS = [DIMENSIONS, FEATURIZER.width]


def trained(width: int, extra: bool = False, rarity: float = 1.0) -> LinearClassifier:
    return LinearClassifier.train(FEATURES, WANTED, width, EXTRA if extra else None, rarity)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("extra", [False, True])
def test_it_tells_classes_apart_as_a_logistic_regression_does(width: int, extra: bool) -> None:
    plain = csr_matrix(matrix_of(FEATURES, width))
    matrix = hstack([plain, csr_matrix(EXTRA)], format="csr") if extra else plain
    reference = LogisticRegression(C=100.0, max_iter=400).fit(matrix, WANTED)
    model = trained(width, extra)
    assert model.classes == list(reference.classes_)
    for number, features in enumerate(FEATURES):
        found = model.probabilities(features, EXTRA[number] if extra else None)
        np.testing.assert_allclose(found, reference.predict_proba(matrix)[number], atol=0.25)


@pytest.mark.parametrize("width", WIDTHS)
def test_rarity_gives_a_rare_class_more_of_what_is_unclear(width: int) -> None:
    many, names = [*FEATURES[:3] * 9, FEATURES[3]], ["relief"] * 27 + ["food"]
    unclear = FEATURIZER.of("and")
    plain, fair = (
        LinearClassifier.train(many, names, width, rarity=rarity).probabilities(unclear)[0]
        for rarity in (0, 1)
    )
    assert fair > plain


def test_the_same_texts_give_the_same_model() -> None:
    one, other = (trained(FEATURIZER.width).probabilities(FEATURES[0]) for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_was_learnt_is_known(width: int) -> None:
    model = trained(width)
    found = [model.classes[int(np.argmax(model.probabilities(features)))] for features in FEATURES]
    assert found == WANTED


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", UNSEEN)
def test_probabilities_add_up_to_one(width: int, text: str) -> None:
    probabilities = trained(width).probabilities(FEATURIZER.of(text))
    assert probabilities.shape == (3,)
    assert float(probabilities.sum()) == pytest.approx(1.0, abs=1e-5)
    assert all(0 <= probability <= 1 for probability in probabilities)


def test_very_large_scores_stay_probabilities() -> None:
    weights = np.full((2, DIMENSIONS), 100.0, dtype=np.float32) * np.array([[1.0], [-1.0]], dtype=np.float32)
    model = LinearClassifier(["a", "b"], weights, np.zeros(2, dtype=np.float32), DIMENSIONS)
    empty = np.zeros(0)
    ones = np.ones(DIMENSIONS, dtype=np.float32)
    features = Features(ones, empty.astype(np.int64), empty.astype(np.float32))
    np.testing.assert_allclose(model.probabilities(features), [1.0, 0.0])


def test_a_model_of_vectors_alone_does_not_look_at_words() -> None:
    model = trained(DIMENSIONS)
    vector = FEATURES[0].vector
    one, other = FEATURIZER.of("hello", vector), FEATURIZER.of("which foods", vector)
    assert np.array_equal(model.probabilities(one), model.probabilities(other))


def test_a_model_of_all_features_looks_at_words() -> None:
    model = trained(FEATURIZER.width)
    vector = FEATURES[0].vector
    greeting = model.classes.index("greet")
    hello, foods = (model.probabilities(FEATURIZER.of(t, vector))[greeting] for t in ("hello", "which foods"))
    assert hello > foods


@pytest.mark.parametrize("width", WIDTHS)
def test_further_columns_count(width: int) -> None:
    model = trained(width, extra=True)
    food = model.classes.index("food")
    features = FEATURIZER.of("is it any good")
    with_it, without = (
        model.probabilities(features, np.array([named, 1.0], dtype=np.float32))[food] for named in (1.0, 0.0)
    )
    assert with_it > without


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("text", [*UNSEEN, *TEXTS[:2]])
def test_a_saved_classifier_gives_the_same_once_loaded(
    width: int, extra: bool, text: str, tmp_path: Path
) -> None:
    model = trained(width, extra)
    model.save(tmp_path, "a_model")
    loaded = LinearClassifier.load(tmp_path, "a_model")
    row = EXTRA[3] if extra else None
    features = FEATURIZER.of(text)
    assert loaded.classes == model.classes
    np.testing.assert_allclose(
        loaded.probabilities(features, row), model.probabilities(features, row), atol=1e-6
    )


def test_two_classifiers_can_be_saved_side_by_side_without_pickle(tmp_path: Path) -> None:
    trained(DIMENSIONS).save(tmp_path, "one")
    LinearClassifier.train(FEATURES[:4], ["a", "a", "b", "b"], DIMENSIONS).save(tmp_path, "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one.json",
        "one.npz",
        "other.json",
        "other.npz",
    ]
    assert LinearClassifier.load(tmp_path, "one").classes == ["food", "greet", "relief"]


def test_two_classes_have_a_probability_each() -> None:
    model = LinearClassifier.train(FEATURES[:6], WANTED[:6], DIMENSIONS)
    found = [model.probabilities(features) for features in FEATURES[:6]]
    assert [len(probabilities) for probabilities in found] == [2] * 6
    assert [model.classes[int(np.argmax(p))] for p in found] == WANTED[:6]
