"""Keeps the snapshot of data/ with the model, apart from all that learns, so that a mended statement is quick."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.knowledge import SNAPSHOT, load_knowledge
from charley.rasa.component import StoredComponent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KnowledgeKeeper(StoredComponent):
    """Checks data/ and keeps it, compiled, with the model (`charley.knowledge.read_model`); reads no message.

    It stands first in the pipeline: there its training needs no reading and no features.
    """

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The snapshot's own hash: Rasa's cache can't hold another snapshot for it."""
        return hashlib.sha256(load_knowledge().to_json().encode()).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Write the snapshot."""
        with self.saving() as directory:
            (directory / SNAPSHOT).write_text(load_knowledge().to_json(), encoding="utf-8")
        return self._resource

    def restore(self, directory: Path) -> None:
        """Nothing: what answers reads the snapshot out of the archive."""

    def process(self, messages: list[Message]) -> list[Message]:
        return messages
