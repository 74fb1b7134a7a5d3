"""The pipeline's intent classifier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.facts import SubjectKind
from charley.knowledge import data_fingerprint, load_knowledge
from charley.rasa.component import StoredComponent
from charley.rasa.features import FEATURIZER, features_of
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.reader import reading_of
from charley.reading import intents, linear, names
from charley.reading.features import Features
from charley.reading.intents import Example, IntentModel
from charley.reading.names import NameFinder, names_only
from charley.reading.reader import Reading

NOT_UNDERSTOOD = "nlu_fallback"
NOT_ENGLISH = "not_english"
NAMED_ONLY = "inform_subject"
OUT_OF_SCOPE = frozenset({"out_of_scope", "out_of_scope_health"})
SUBJECT_KINDS = "subject_kinds.json"
RANKING_LENGTH = 5  # what a trainer wants to see, and all that the tracker need keep


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CharleyIntentClassifier(IntentClassifier, StoredComponent):
    """Sets `intent` and `intent_ranking`.

    Below `threshold` the intent is `nlu_fallback`, or `inform_subject` where a subject is named.
    Out of scope needs `doubt` at least where one of Charley's own subjects is named.
    """

    _model: IntentModel | None = None
    _kinds: Mapping[str, str] = MappingProxyType({})

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"threshold": 0.25, "doubt": 0.5}

    def restore(self, directory: Path) -> None:
        self._kinds = json.loads((directory / SUBJECT_KINDS).read_text(encoding="utf-8"))
        self._model = IntentModel.load(directory)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint_of(intents, linear, names, extra=data_fingerprint())

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the classifier on the examples' readings and the kinds of subject they name."""
        finder = NameFinder(training_data.entity_synonyms)
        self._kinds = {s.id: s.kind.value for s in load_knowledge().table.subjects.values()}
        examples, wanted = [], []
        for message in training_data.intent_examples:
            reading, features = reading_of(message), features_of(message)
            if reading is None or features is None:
                raise InvalidConfigException("SentenceFeaturizer must stand before CharleyIntentClassifier")
            examples.append(self._example(features, [m.subject for m in finder.find(reading)]))
            wanted.append(message.get(INTENT))
        width = training_data.intent_examples[0].get(FEATURIZER).width
        self._model = IntentModel.train(examples, wanted, width)
        with self.saving() as directory:
            (directory / SUBJECT_KINDS).write_text(json.dumps(dict(self._kinds)), encoding="utf-8")
            self._model.save(directory)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            reading, features = reading_of(message), features_of(message)
            if reading is not None and features is not None:
                self._classify(message, reading, features, message.get(ENTITIES, []))
        return messages

    def _classify(
        self, message: Message, reading: Reading, features: Features, entities: list[dict[str, Any]]
    ) -> None:
        assert self._model is not None  # only a loaded component processes
        named = [entity["value"] for entity in entities]
        ranking = [(NOT_UNDERSTOOD, 1.0)]
        words = [token for token in reading.mended if token.is_alpha]
        if reading.foreign:
            ranking = [(NOT_ENGLISH, 1.0)]
        elif names_only(reading, [(entity["start"], entity["end"]) for entity in entities]):
            ranking = [(NAMED_ONLY, 1.0)]
        elif words:
            ranking = self._model.predict(self._example(features, named))
            if (
                ranking[0][0] in OUT_OF_SCOPE
                and ranking[0][1] < self._config["doubt"]
                and self._is_ours(named)
            ):
                ranking.insert(0, next(pair for pair in ranking if pair[0] not in OUT_OF_SCOPE))
            if ranking[0][1] < self._config["threshold"]:
                # A subject is something to hold on to: tell what there is about it.
                ranking.insert(0, (NAMED_ONLY if named else NOT_UNDERSTOOD, 1 - ranking[0][1]))
        described = [
            {"name": name, "confidence": confidence} for name, confidence in ranking[:RANKING_LENGTH]
        ]
        message.set(INTENT, described[0], add_to_output=True)
        message.set("intent_ranking", described, add_to_output=True)

    def _is_ours(self, named: list[str]) -> bool:
        kinds = {self._kinds.get(subject) for subject in named}
        return SubjectKind.OUTSIDE.value not in kinds and bool(kinds - {SubjectKind.GROUP.value, None})

    def _example(self, features: Features, named: list[str]) -> Example:
        return Example(
            features, frozenset(self._kinds[subject] for subject in named if subject in self._kinds)
        )
