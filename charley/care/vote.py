"""The second vote: which flag a message is about, told by a linear model over its sentence vector.

For wordings that no pattern foresaw. It learns from the families of data/care/flags/; a message
of several clauses is scored whole and clause by clause, and the gravest counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from charley.care.levels import CareLevel
from charley.reading.encoder import DIMENSIONS
from charley.reading.features import Features
from charley.reading.linear import LinearClassifier

NAME = "care_vote"
C = 20.0  # as for the intents: taken from the research (nlu.md), not tuned
MIN_CLAUSE = 3  # words; shorter pieces say too little by themselves
MAX_CLAUSES = 6
CLAUSE_END = re.compile(
    r"[.!?;\n]+|,? (?:but|btw|also|plus|and now|and my|and i|n my|then|anyway|because|cos|cuz)\b|,"
)
RISING = (CareLevel.SEE_DOCTOR, CareLevel.URGENT_SAME_DAY, CareLevel.EMERGENCY, CareLevel.CRISIS)


@dataclass(frozen=True)
class Vote:
    """The level voted for, the flag behind it (None below see_doctor), and the level's probability."""

    level: CareLevel
    flag: str | None
    probability: float
    sure: bool


class CareVote:
    """A trained vote. `thresholds` say how probable a level (or a graver one) must be to be voted for.

    Attributes:
        sure: the probability from which nothing need be asked.
    """

    def __init__(
        self, model: LinearClassifier, thresholds: dict[str, float], clause: float, sure: float
    ) -> None:
        self._model = model
        self._thresholds = {CareLevel(name): value for name, value in thresholds.items()}
        self._clause = clause
        self._sure = sure
        levels = [CareLevel(name.split(":", 1)[0]) for name in model.classes]
        self._at_least: npt.NDArray[np.float32] = np.array(
            [[level >= least for level in levels] for least in RISING], dtype=np.float32
        )
        self._levels = levels

    @staticmethod
    def train(
        features: Sequence[Features], levels: Sequence[CareLevel], flags: Sequence[str]
    ) -> LinearClassifier:
        """Fit on messages with their levels and flags.

        Of the features it sees the sentence vector alone: the encoder was fine-tuned for this, and
        two hundred classes over all words would take minutes to train. The look-alikes of a flag are a class of their own, so that each one learns what tells
        them from the flag.
        """
        wanted = [f"{level.value}:{flag}" for level, flag in zip(levels, flags, strict=True)]
        return LinearClassifier.train(features, wanted, DIMENSIONS, C, balanced=False)

    def of(self, text: str, features: Features, featurize: Callable[[str], Features]) -> Vote:
        """Vote on a message: its mended text, its features, and how to get those of a clause."""
        best = self._vote(features, 0.0)
        for clause in clauses(text):
            if best.level is CareLevel.CRISIS:
                break
            vote = self._vote(featurize(clause), self._clause)
            if vote.level > best.level:
                best = vote
        return best

    def _vote(self, features: Features, more: float) -> Vote:
        probabilities = self._model.probabilities(features)
        reached = self._at_least @ probabilities
        for level, probability in reversed(list(zip(RISING, reached, strict=True))):
            needed = min(self._thresholds[level] + more, 0.99)
            if probability >= needed:
                return Vote(
                    level, self._flag(probabilities, level), float(probability), probability >= self._sure
                )
        return Vote(CareLevel.NONE, None, float(1 - reached[0]), True)

    def _flag(self, probabilities: npt.NDArray[np.float32], level: CareLevel) -> str:
        of_level = [p if lv is level else 0.0 for p, lv in zip(probabilities, self._levels, strict=True)]
        name = self._model.classes[int(np.argmax(of_level))]
        return name.split(":", 1)[1]


def clauses(text: str) -> list[str]:
    """The clauses of a message of more than one, each with enough words to say something."""
    parts = [part.strip() for part in CLAUSE_END.split(text)]
    long_enough = [part for part in parts if len(part.split()) >= MIN_CLAUSE]
    return long_enough[:MAX_CLAUSES] if len(long_enough) > 1 else []
