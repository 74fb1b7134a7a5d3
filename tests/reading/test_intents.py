"""The intent model learns from a handful of examples and is the same after a round trip to disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.reading.features import Featurizer
from charley.reading.intents import Example, IntentModel

LEARNT = {
    "ask_relief": [
        "how do i stop a cramp",
        "what helps right now",
        "make this cramp go away",
        "quick relief",
    ],
    "ask_food_sources": [
        "which foods have magnesium",
        "what should i eat",
        "foods with potassium",
        "best food",
    ],
    "greet": ["hello", "hi there", "good morning", "hey charley"],
    "goodbye": ["bye", "see you later", "good night then", "goodbye"],
}
NAMING = {"magnesium": "nutrient", "potassium": "nutrient", "cramp": "cramp"}
UNSEEN = [
    "hello you",
    "what foods contain calcium",
    "how can i get rid of a cramp",
    "see you",
    "",
    "\U0001f9b5",
]


FEATURIZER = Featurizer.learn([text for texts in LEARNT.values() for text in texts])


def example(text: str) -> Example:
    return Example(FEATURIZER.of(text), frozenset(kind for word, kind in NAMING.items() if word in text))


@pytest.fixture(scope="module")
def model() -> IntentModel:
    pairs = [(example(text), intent) for intent, texts in LEARNT.items() for text in texts]
    return IntentModel.train([e for e, _ in pairs], [intent for _, intent in pairs], FEATURIZER.width)


@pytest.fixture(scope="module")
def reloaded(model: IntentModel, tmp_path_factory: pytest.TempPathFactory) -> IntentModel:
    folder = tmp_path_factory.mktemp("model")
    model.save(folder)
    return IntentModel.load(folder)


@pytest.mark.parametrize(("intent", "text"), [(i, text) for i, texts in LEARNT.items() for text in texts])
def test_what_was_learnt_is_known(model: IntentModel, intent: str, text: str) -> None:
    assert model.predict(example(text))[0][0] == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what foods contain magnesium", "ask_food_sources"),
        ("how can i stop this cramp", "ask_relief"),
        ("hello you", "greet"),
    ],
)
def test_other_words_for_what_was_learnt_are_understood(model: IntentModel, text: str, intent: str) -> None:
    assert model.predict(example(text))[0][0] == intent


@pytest.mark.parametrize("text", UNSEEN)
def test_every_intent_has_a_probability_most_likely_first(model: IntentModel, text: str) -> None:
    predicted = model.predict(example(text))
    probabilities = [probability for _, probability in predicted]
    assert {intent for intent, _ in predicted} == set(LEARNT)
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1.0)


@pytest.mark.parametrize("text", [*UNSEEN, *LEARNT["ask_relief"]])
def test_a_saved_model_predicts_the_same_once_loaded(
    model: IntentModel, reloaded: IntentModel, text: str
) -> None:
    before, after = model.predict(example(text)), reloaded.predict(example(text))
    assert [intent for intent, _ in before] == [intent for intent, _ in after]
    assert [p for _, p in before] == pytest.approx([p for _, p in after])


def test_a_kind_of_subject_that_was_never_learnt_changes_nothing(model: IntentModel) -> None:
    assert model.predict(Example(FEATURIZER.of("hello"), frozenset({"planet"}))) == model.predict(
        example("hello")
    )


def test_the_kinds_of_subject_named_count(model: IntentModel) -> None:
    def likely(*kinds: str) -> float:
        return dict(model.predict(Example(FEATURIZER.of("is it any good"), frozenset(kinds))))[
            "ask_food_sources"
        ]

    assert likely("nutrient") > likely()


def test_a_saved_model_holds_no_pickle(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}
