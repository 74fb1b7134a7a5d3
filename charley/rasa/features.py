"""The pipeline's featurizer: what both classifiers see of a message, computed once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.rasa.component import StoredComponent
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed
from charley.rasa.reader import reading_of
from charley.reading import encoder, features
from charley.reading.features import Features, Featurizer

FEATURES = "charley_features"  # where a message carries its Features
FEATURIZER = "charley_featurizer"  # and what made them, for parts of it


def features_of(message: Message) -> Features | None:
    """The features of a message, or None for a pressed button, which is not read."""
    found: Features | None = message.get(FEATURES)
    return found


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceFeaturizer(StoredComponent):
    """Sets the features of each message's mended text."""

    _featurizer: Featurizer | None = None

    def restore(self, directory: Path) -> None:
        encoder.sentence_encoder()  # now, so that the first message need not wait for it
        self._featurizer = Featurizer.load(directory)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        weights = [
            hashlib.sha256(path.read_bytes()).hexdigest() for path in (encoder.WEIGHTS, encoder.TOKENIZER)
        ]
        return fingerprint_of(encoder, features, extra="".join(weights))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the words and letters of the intents' examples (the care vote sees vectors alone)."""
        self._featurizer = Featurizer.learn([_text(message) for message in training_data.intent_examples])
        with self.saving() as directory:
            self._featurizer.save(directory)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        assert self._featurizer is not None  # only a trained component processes
        examples = training_data.nlu_examples
        for message, found in zip(
            examples, self._featurizer.of_all([_text(message) for message in examples]), strict=True
        ):
            message.set(FEATURES, found)
            message.set(FEATURIZER, self._featurizer)
        return training_data

    @timed(registry.READING)
    def process(self, messages: list[Message]) -> list[Message]:
        assert self._featurizer is not None  # only a trained component processes
        for message in messages:
            reading = reading_of(message)
            if reading is not None:
                message.set(FEATURES, self._featurizer.of(reading.text))
                message.set(FEATURIZER, self._featurizer)
        return messages


def _text(message: Message) -> str:
    reading = reading_of(message)
    if reading is None:
        raise InvalidConfigException("MessageReader must stand before SentenceFeaturizer in config.yml")
    return reading.text
