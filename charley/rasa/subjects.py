"""The pipeline's entity extractor: finds the fact table's subjects in a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.rasa.component import StoredComponent
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.importer import SUBJECT
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed
from charley.rasa.reader import reading_of
from charley.reading import names
from charley.reading import roles as role_words
from charley.reading.names import NameFinder
from charley.reading.roles import roles


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SubjectExtractor(StoredComponent, EntityExtractorMixin):
    """Adds an entity `subject`, whose value is a subject's id, for every name found.

    Its role, if it has one, tells whether the message means too much of it, too little, more or less.

    The names are the synonyms that `FactTableImporter` puts into the training data.
    """

    _finder: NameFinder | None = None

    def restore(self, directory: Path) -> None:
        known = json.loads((directory / "names.json").read_text(encoding="utf-8"))
        self._finder = NameFinder(known)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint_of(names, role_words)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the names, and what each one means, with the model."""
        with self.saving() as directory:
            text = json.dumps(training_data.entity_synonyms, ensure_ascii=False)
            (directory / "names.json").write_text(text, encoding="utf-8")
        return self._resource

    @timed(registry.READING)
    def process(self, messages: list[Message]) -> list[Message]:
        assert self._finder is not None  # only a loaded component processes
        for message in messages:
            reading = reading_of(message)
            if reading is None:
                continue
            text, mentions = message.get(TEXT), self._finder.find(reading)
            found = [
                {"entity": SUBJECT, "value": m.subject, "start": m.start, "end": m.end}
                | {"text": text[m.start : m.end]}
                | ({"role": role} if role else {})
                for m, role in zip(mentions, roles(reading, mentions), strict=True)
            ]
            message.set(ENTITIES, self.add_extractor_name(found), add_to_output=True)
        return messages
