"""The pipeline's intent classifier."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.answers.follow_up import answered
from charley.facts import SubjectKind
from charley.knowledge import load_knowledge
from charley.rasa.component import StoredComponent
from charley.rasa.events import as_dicts, recent
from charley.rasa.features import FEATURIZER, features_of
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed
from charley.rasa.reader import reading_of
from charley.reading import clauses, intents, linear, names, spelling
from charley.reading.features import Features
from charley.reading.intents import Example, IntentModel
from charley.reading.names import NameFinder, names_only
from charley.reading.reader import Reading
from charley.reading.spelling import with_slips

NOT_UNDERSTOOD = "nlu_fallback"
NOT_ENGLISH = "not_english"
NAMED_ONLY = "inform_subject"
REPORT = "report_symptom"
OTHER_HEALTH = "out_of_scope_health"
OUT_OF_SCOPE = frozenset({"out_of_scope", OTHER_HEALTH})
CRAMPING = re.compile(r"\b(cramp|spasm|twitch|contraction|colic)")
# What a message may be taken for as a whole though a part of it asks something.
GIVES_WAY = frozenset(
    {"thank", "greet", "acknowledge", "goodbye", "complain", "ask_sources", NAMED_ONLY, REPORT}
)
QUESTIONS = "questions"  # where a message carries what it asks, part by part, if it asks several things
KNOWN = "known.json"
SEED = 7  # of the slips: the same data give the same model
VAGUE = "vague"
FOLLOW_UP_WORDS = 10  # tokens; who writes more says what is meant
RANKING_LENGTH = 5  # what a trainer wants to see, and all that the tracker need keep


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CharleyIntentClassifier(IntentClassifier, StoredComponent):
    """Sets `intent`, `intent_ranking` and, where a message asks several things, `questions`.

    Below `threshold` the intent is `nlu_fallback`, or `inform_subject` where a subject is named.
    Out of scope needs `doubt` at least where one of Charley's own subjects is named, and `doubt_on` in a few
    words right after an answer. A part of a
    message counts as a question of its own from `part` on, as one that is none of Charley's from
    `beside` on. A few words right after an answer, not understood otherwise, are taken for the
    likeliest question from `on` on, and from `against` times what is out of scope.
    """

    _model: IntentModel | None = None
    _kinds: Mapping[str, str] = MappingProxyType({})
    _questions: Sequence[str] = ()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "threshold": 0.25,
            "doubt": 0.5,
            "doubt_on": 0.9,
            "part": 0.5,
            "beside": 0.7,
            "on": 0.1,
            "against": 0.3,
        }

    def restore(self, directory: Path) -> None:
        known = json.loads((directory / KNOWN).read_text(encoding="utf-8"))
        self._kinds, self._questions = known["kinds"], known["questions"]
        self._model = IntentModel.load(directory)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        extra = json.dumps(_known(), sort_keys=True)
        return fingerprint_of(clauses, intents, linear, names, spelling, extra=extra)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the classifier on the examples' readings and the kinds of subject they name.

        Each example counts twice: as it was mended, and with slips that nothing mends.
        """
        finder = NameFinder(training_data.entity_synonyms)
        known = _known()
        self._kinds = known["kinds"]
        featurizer = training_data.intent_examples[0].get(FEATURIZER)
        dice = Random(SEED)
        examples, wanted, texts = [], [], []
        for message in training_data.intent_examples:
            reading, features = reading_of(message), features_of(message)
            if reading is None or features is None:
                raise InvalidConfigException("SentenceFeaturizer must stand before CharleyIntentClassifier")
            examples.append(self._example(features, [m.subject for m in finder.find(reading)]))
            wanted.append(message.get(INTENT))
            texts.append(with_slips(reading.text, dice))
        slipped = [replace(e, features=f) for e, f in zip(examples, featurizer.of_all(texts), strict=True)]
        self._model = IntentModel.train([*examples, *slipped], [*wanted, *wanted], featurizer.width)
        with self.saving() as directory:
            (directory / KNOWN).write_text(json.dumps(known), encoding="utf-8")
            self._model.save(directory)
        return self._resource

    @timed(registry.READING)
    def process(
        self,
        messages: list[Message],
        tracker: Optional[DialogueStateTracker] = None,  # noqa: UP045 - Rasa's check of the graph knows no "|"
    ) -> list[Message]:
        """Set them; Rasa gives the conversation before the message as `tracker`."""
        follows = tracker is not None and answered(as_dicts(recent(tracker, 1)))
        for message in messages:
            reading, features = reading_of(message), features_of(message)
            if reading is not None and features is not None:
                entities = message.get(ENTITIES, [])
                on = follows and len(reading.doc) <= FOLLOW_UP_WORDS
                ranking = self._ranking(reading, features, entities, on)
                if on:
                    ranking = self._asking_on(ranking, [entity["value"] for entity in entities])
                asked = self._asked(message, reading, entities)
                if len(asked) > 1:
                    message.set(QUESTIONS, asked, add_to_output=True)
                ranking = self._led_by(asked, ranking)
                described = [{"name": name, "confidence": sure} for name, sure in ranking[:RANKING_LENGTH]]
                message.set(INTENT, described[0], add_to_output=True)
                message.set("intent_ranking", described, add_to_output=True)
        return messages

    def _ranking(
        self, reading: Reading, features: Features, entities: Sequence[Mapping[str, Any]], on: bool
    ) -> list[tuple[str, float]]:
        """What the whole message may be, likeliest first; `on`: it is a few words after an answer."""
        assert self._model is not None  # only a loaded component processes
        named = [entity["value"] for entity in entities]
        if reading.foreign:
            return [(NOT_ENGLISH, 1.0)]
        if names_only(reading.doc, [(entity["start"], entity["end"]) for entity in entities]):
            return [(NAMED_ONLY, 1.0)]
        if not any(token.is_alpha for token in reading.mended):
            return [(NOT_UNDERSTOOD, 1.0)]
        ranking = self._model.predict(self._example(features, named))
        near = self._is_ours(named) or (ranking[0][0] == OTHER_HEALTH and self._is_gap(named))
        if (
            ranking[0][0] in OUT_OF_SCOPE
            and ranking[0][1] < self._config["doubt_on" if on else "doubt"]
            and near
        ):
            outside = sum(sure for name, sure in ranking if name in OUT_OF_SCOPE)
            name, sure = next(pair for pair in ranking if pair[0] not in OUT_OF_SCOPE)
            ranking.insert(0, (name, sure / (1 - outside)))  # how sure, given that it is Charley's matter
        if ranking[0][0] == OTHER_HEALTH and self._is_other_cramp(reading, named):
            ranking.insert(0, (NAMED_ONLY, ranking[0][1]))  # "period cramps" are declined as what they are
        if ranking[0][1] < self._config["threshold"]:
            # A subject is something to hold on to: tell what there is about it.
            told = any(self._kinds.get(subject) != SubjectKind.GROUP.value for subject in named)
            ranking.insert(0, (NAMED_ONLY if told else NOT_UNDERSTOOD, 1 - ranking[0][1]))
        return ranking

    def _asking_on(self, ranking: list[tuple[str, float]], named: Sequence[str]) -> list[tuple[str, float]]:
        """The ranking of a few words after an answer: the likeliest question leads what is not understood."""
        first = ranking[0][0]
        if first not in OUT_OF_SCOPE | {NOT_UNDERSTOOD, VAGUE} or self._is_outside(named):
            return ranking
        likeliest = next(
            ((name, share) for name, share in ranking if self._asks(name)), (NOT_UNDERSTOOD, 0.0)
        )
        outside = sum(share for name, share in ranking if name in OUT_OF_SCOPE)
        needed = max(self._config["on"], outside * self._config["against"])
        return [likeliest, *ranking] if likeliest[1] >= needed else ranking

    def _asked(
        self, message: Message, reading: Reading, entities: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The different questions that the parts of a message ask, in order; none of a message in one part.

        Each has `intent`, `confidence`, `subjects` (ids), `start` and `end` in characters, and whether
        it names a subject of Charley's own (`ours`). Parts that ask the same of something else are one.
        """
        assert self._model is not None  # only a loaded component processes
        parts = clauses.clauses(reading.mended)
        asked: list[dict[str, Any]] = []
        told: list[str] = []  # subjects of a part that asks nothing, which the next one may be about
        if len(parts) < 2 or reading.foreign:
            return asked
        for first, last in parts:
            start, end = reading.span(first, last)
            within = [entity for entity in entities if start <= entity["start"] < end]
            named = [entity["value"] for entity in within]
            tokens = reading.doc[first:last]
            if names_only(tokens, [(entity["start"], entity["end"]) for entity in within]):
                if asked:  # "... and potassium?"
                    asked[-1]["subjects"] += named
                    asked[-1]["end"] = end
                told = told if asked else named
                continue
            part = reading.mended[first:last]
            intent, sure = NOT_UNDERSTOOD, 0.0
            if clauses.is_question(part):
                features = message.get(FEATURIZER).of(part.text)
                intent, sure = self._model.predict(self._example(features, named))[0]
            needed = self._config["beside" if intent in OUT_OF_SCOPE else "part"]
            if sure < needed or not (self._asks(intent) or intent in OUT_OF_SCOPE):
                told = named or told
                continue
            ours = self._is_ours(named)
            named, told = named or told, []
            if asked and asked[-1]["intent"] == intent:
                asked[-1]["subjects"] += named
                asked[-1]["end"] = end
            else:
                place = {"start": start, "end": end, "ours": ours}
                asked.append({"intent": intent, "confidence": sure, "subjects": named, **place})
        return asked if any(self._asks(part["intent"]) for part in asked) else []

    def _led_by(
        self, asked: Sequence[Mapping[str, Any]], ranking: list[tuple[str, float]]
    ) -> list[tuple[str, float]]:
        """The ranking, led by the first question of a part where the whole would be taken for less."""
        whole = ranking[0][0]
        if self._asks(whole) and len(asked) < 2:
            return ranking
        open_to_any = whole in GIVES_WAY or self._asks(whole)
        for part in asked:
            if self._asks(part["intent"]) and (open_to_any or part["ours"]):
                return [(part["intent"], part["confidence"]), *ranking]
        return ranking

    def _asks(self, intent: str) -> bool:
        return intent in self._questions and intent not in GIVES_WAY

    def _is_ours(self, named: Sequence[str]) -> bool:
        kinds = {self._kinds.get(subject) for subject in named}
        of_no_account = {SubjectKind.GROUP.value, SubjectKind.GAP.value, None}
        return SubjectKind.OUTSIDE.value not in kinds and bool(kinds - of_no_account)

    def _is_gap(self, named: Sequence[str]) -> bool:
        """Whether what is named is near Charley's matter, and only its facts are lacking ("zinc?")."""
        return bool(named) and all(self._kinds.get(subject) == SubjectKind.GAP.value for subject in named)

    def _is_outside(self, named: Sequence[str]) -> bool:
        return any(self._kinds.get(subject) == SubjectKind.OUTSIDE.value for subject in named)

    def _is_other_cramp(self, reading: Reading, named: Sequence[str]) -> bool:
        outside = [self._kinds.get(subject) == SubjectKind.OUTSIDE.value for subject in named]
        return bool(outside) and all(outside) and bool(CRAMPING.search(reading.text))

    def _example(self, features: Features, named: Sequence[str]) -> Example:
        return Example(
            features, frozenset(self._kinds[subject] for subject in named if subject in self._kinds)
        )


def _known() -> dict[str, Any]:
    """What the classifier takes from data/ besides the examples: each subject's kind, and the questions."""
    known = load_knowledge()
    kinds = {subject.id: subject.kind.value for subject in known.table.subjects.values()}
    return {"kinds": kinds, "questions": list(known.questions.by_intent)}
