"""The pipeline's first component: reads each message once, for all that follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.knowledge import load_knowledge
from charley.rasa.component import StoredComponent
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.importer import WORDING
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed
from charley.reading import reader, spelling
from charley.reading.reader import Reader, Reading
from charley.reading.spelling import Speller

SPELLING = "spelling.json"  # what the reader learnt, in its folder of the model
READING = "reading"  # where a message carries its Reading


def reading_of(message: Message) -> Reading | None:
    """The reading of a message, or None for a pressed button, which is not read."""
    reading: Reading | None = message.get(READING)
    return reading


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class MessageReader(StoredComponent):
    """Tokenises with spaCy and mends spelling; sets `reading` on each message."""

    _reader: Reader | None = None

    def restore(self, directory: Path) -> None:
        known = json.loads((directory / SPELLING).read_text(encoding="utf-8"))
        self._reader = Reader(Speller(**known))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint_of(reader, spelling, extra=" ".join(_words_of_care()))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn which words to mend towards: those of the examples, names and warning signs."""
        messages = [_text(message) for message in training_data.nlu_examples]
        names = [*training_data.entity_synonyms, *_words_of_care()]
        self._reader = Reader.learn(messages, names)
        with self.saving() as directory:
            speller = self._reader.speller
            text = json.dumps({"targets": speller.targets, "pairs": speller.pairs})
            (directory / SPELLING).write_text(text, encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.nlu_examples)
        return training_data

    @timed(registry.READING)
    def process(self, messages: list[Message]) -> list[Message]:
        assert self._reader is not None  # only a trained component processes
        for message in messages:
            text = _text(message)
            if text and not text.startswith("/"):
                message.set(READING, self._reader.read(text))
        return messages


def _words_of_care() -> list[str]:
    """What the reader takes from data/ besides examples and names."""
    return sorted(load_knowledge().care.vocabulary())


def _text(message: Message) -> str:
    """What a person typed, or a wording of a warning flag."""
    return message.get(TEXT) or (message.get(WORDING) or {}).get("text") or ""
