"""The pipeline's care guard: reads every typed message for warning signs."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley import knowledge
from charley.answers import questions
from charley.care import guard, levels, signs
from charley.care.guard import CareGuard
from charley.facts import load, schema, table
from charley.knowledge import SNAPSHOT, Knowledge, data_fingerprint, load_knowledge
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.reader import reading_of

CARE = "care"  # where a message, and so `parse_data`, carries the guard's finding


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CareGuardComponent(GraphComponent):
    """Sets `parse_data["care"]`. Its training keeps the snapshot of all data with the model."""

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, care_guard: CareGuard | None = None
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._guard = care_guard

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CareGuardComponent:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CareGuardComponent:
        with model_storage.read_from(resource) as directory:
            snapshot = Knowledge.from_json((directory / SNAPSHOT).read_text(encoding="utf-8"))
        return cls(model_storage, resource, CareGuard(snapshot.care))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        parts = (guard, levels, signs, knowledge, load, schema, table, questions)
        return fingerprint_of(*parts, extra=data_fingerprint())

    def train(self, training_data: TrainingData) -> Resource:
        """Check data/ and keep it, compiled, with the model."""
        with self._model_storage.write_to(self._resource) as directory:
            (directory / SNAPSHOT).write_text(load_knowledge().to_json(), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        assert self._guard is not None  # only a loaded component processes
        for message in messages:
            reading = reading_of(message)
            if reading is not None:
                message.set(CARE, self._guard.read(reading).as_dict(), add_to_output=True)
        return messages
