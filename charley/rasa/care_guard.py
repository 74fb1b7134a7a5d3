"""The pipeline's care guard: reads every typed message for warning flags, by two votes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.care import flags, guard, judged, levels, matcher, measures, patterns, status, vote
from charley.care.flags import CareData
from charley.care.guard import CareGuard, overruled, parts_around, with_vote
from charley.care.judged import Judged
from charley.care.levels import CareLevel
from charley.care.numbers import Numbers
from charley.care.vote import NAME, CareVote
from charley.knowledge import load_knowledge
from charley.rasa.component import StoredComponent
from charley.rasa.features import FEATURIZER, features_of
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.importer import WORDING
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed
from charley.rasa.reader import reading_of
from charley.reading import linear
from charley.reading.linear import LinearClassifier

CARE = "care"  # where a message, and so `parse_data`, carries the guard's finding
KNOWN = "known.json"
CALM = "calm"  # the class of intents' examples in which no pattern finds anything
# Intents whose examples may tell of a danger in words that the patterns miss: not learnt from.
NOT_CALM = frozenset(
    {"report_symptom", "ask_look_alikes", "ask_when_to_see_someone", "ask_special_group", "ask_medication",
     "ask_supplement_safety", "start_check_up"}
)  # fmt: skip
SHORT = 12  # words: no room for more than a correction ("sorry, my calf is not swollen at all")
# Metadata of a block of examples under data/nlu/:
NEEDS_CARE = "needs_care"  # not learnt from either
HARMLESS = "harmless"  # learnt from whatever its intent and the patterns say, for someone has read each one


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CareGuardComponent(StoredComponent):
    """Sets `parse_data["care"]`.

    Config: for each level above none the probability from which the second vote counts; `sure`,
    from where nothing need be asked; `sentence`, from where one sentence counts though the whole message
    calls for nothing; `harmless`, the probability that a level is not reached from
    where signs of it that the patterns saw do not count, and `harmless_crisis`, the same for self-harm.
    """

    _guard: CareGuard | None = None
    _numbers: Numbers | None = None
    _vote: CareVote | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "see_doctor": 0.5,
            "urgent_same_day": 0.5,
            "emergency": 0.5,
            "crisis": 0.5,
            "sure": 0.8,
            "sentence": 0.9,
            "harmless": 0.95,
            "harmless_crisis": 0.99,
        }

    def restore(self, directory: Path) -> None:
        known = json.loads((directory / KNOWN).read_text(encoding="utf-8"))
        self._guard = CareGuard(CareData.parse_obj(known["care"]))
        self._numbers = Numbers.parse_obj(known["numbers"])
        levels_ = {
            level.value: self._config[level.value] for level in CareLevel if level is not CareLevel.NONE
        }
        model = LinearClassifier.load(directory, NAME)
        limits = {k: self._config[k] for k in ("sure", "sentence", "harmless", "harmless_crisis")}
        self._vote = CareVote(model, Judged.load(directory), levels_, **limits)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        care = (flags, guard, judged, levels, matcher, measures, patterns, status, vote)
        return fingerprint_of(*care, linear, extra=json.dumps(_known(), sort_keys=True))

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the patterns with the model; train the second vote."""
        patterns_only = CareGuard(load_knowledge().care)
        features, levels_, flags_ = [], [], []
        wordings = []
        for message in training_data.nlu_examples:
            wording, reading, found = message.get(WORDING), reading_of(message), features_of(message)
            if reading is None or found is None:
                raise InvalidConfigException("SentenceFeaturizer must stand before CareGuardComponent")
            if wording is None and not _is_calm(message, patterns_only.read(reading).level):
                continue
            if wording:
                wordings.append((reading.text, CareLevel(wording["level"]), wording["flag"]))
            features.append(found)
            levels_.append(CareLevel(wording["level"]) if wording else CareLevel.NONE)
            flags_.append(wording["flag"] if wording else CALM)
        model = CareVote.train(features, levels_, flags_)
        with self.saving() as directory:
            (directory / KNOWN).write_text(json.dumps(_known()), encoding="utf-8")
            model.save(directory, NAME)
            Judged.learn(wordings).save(directory)
        return self._resource

    @timed(registry.READING)
    def process(self, messages: list[Message]) -> list[Message]:
        assert self._guard is not None  # only a loaded component processes
        assert self._vote is not None
        for message in messages:
            reading, features = reading_of(message), features_of(message)
            if reading is None or features is None:
                continue
            assessment = self._guard.read(reading)
            if any(token.is_alpha for token in reading.mended) and not reading.foreign:
                featurize = message.get(FEATURIZER).of
                found = self._vote.of(reading.text, features, featurize)
                while assessment.level > CareLevel.NONE and not assessment.is_certain:
                    around = parts_around(assessment, reading, assessment.level)
                    if not self._vote.overrules(assessment.level, found, around, featurize):
                        break
                    assessment = overruled(assessment, assessment.level)
                assessment = with_vote(assessment, found, short=len(reading.mended) <= SHORT)
            country = self._numbers.named_in(reading.doc.text) if self._numbers else None
            message.set(CARE, {**assessment.as_dict(), "country": country}, add_to_output=True)
        return messages


def _is_calm(message: Message, level: CareLevel) -> bool:
    """Whether an intent's example is harmless, as far as its intent, its block and the patterns tell."""
    marked = (message.get("metadata") or {}).get(INTENT) or {}
    if marked.get(HARMLESS):
        return True
    return level is CareLevel.NONE and message.get(INTENT) not in NOT_CALM and not marked.get(NEEDS_CARE)


def _known() -> dict[str, Any]:
    """What the guard takes from data/ besides the wordings that it learns from."""
    known = load_knowledge()
    return {"care": known.care.snapshot(), "numbers": json.loads(known.numbers.json())}
