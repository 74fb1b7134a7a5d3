"""The second vote: which flag a message is about, told by a linear model over its sentence vector.

For wordings that no pattern foresaw. It learns from the families of data/care/flags/; a message in the
very words of one of them is given the level that people gave it. Any other message is scored whole; one that
is longer than the encoder reads is scored in overlapping stretches, and the gravest counts, so that nothing at
the end of a long story is lost. Where all that calls for nothing, each sentence is scored by itself and counts
if it is all but certain, lest a danger drown in the talk around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from charley.care.judged import Judged
from charley.care.levels import CareLevel
from charley.reading.encoder import DIMENSIONS
from charley.reading.features import Features
from charley.reading.linear import LinearClassifier

NAME = "care_vote"
SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")  # what parts two
SPEAKS = 4  # words: a sentence of fewer says too little by itself
STRETCH = 90  # words: about as many as the encoder was tuned on
JUDGED = 5  # words: a message of fewer has too little around a sign to be held for harmless
AROUND = 8  # words on either side of a sign, within its sentence, that must be as harmless by themselves
BEFORE = 3  # words before a sign at the end of its sentence that must be so too
ASKED = (CareLevel.URGENT_SAME_DAY, CareLevel.EMERGENCY)  # whether it is so right now; never of self-harm
RISING = (CareLevel.SEE_DOCTOR, CareLevel.URGENT_SAME_DAY, CareLevel.EMERGENCY, CareLevel.CRISIS)


@dataclass(frozen=True)
class Vote:
    """The level voted for, the flag behind it (None below see_doctor), and the level's probability.

    `sure`: nothing need be asked, for it is probable enough, or of a level where no one asks.
    `below`: of each level above none the probability that it is not reached, the least of all parts read;
    empty for a message that is too short to be judged so.
    """

    level: CareLevel
    flag: str | None
    probability: float
    sure: bool
    below: Mapping[CareLevel, float] = field(default_factory=dict)


class CareVote:
    """A trained vote.

    Args:
        model: as `train` makes it.
        judged: the wordings of data/care/flags/.
        thresholds: how probable a level (or a graver one) must be to be voted for.
        sure: the probability from which nothing need be asked.
        sentence: the probability from which a sentence counts by itself, where the whole calls for nothing.
        harmless: how probable it must be that a level is not reached for signs of that level that the
            patterns saw to count for nothing.
        harmless_crisis: the same for signs of self-harm.
    """

    def __init__(
        self,
        model: LinearClassifier,
        judged: Judged,
        thresholds: dict[str, float],
        sure: float,
        sentence: float,
        harmless: float,
        harmless_crisis: float,
    ) -> None:
        self._model, self._judged = model, judged
        self._thresholds = {CareLevel(name): value for name, value in thresholds.items()}
        self._sure = sure
        self._alone = dict.fromkeys(RISING, sentence)
        self._harmless, self._harmless_crisis = harmless, harmless_crisis
        self._levels = [CareLevel(name.split(":", 1)[0]) for name in model.classes]
        self._at_least: npt.NDArray[np.float32] = np.array(
            [[level >= least for level in self._levels] for least in RISING], dtype=np.float32
        )

    @staticmethod
    def train(
        features: Sequence[Features], levels: Sequence[CareLevel], flags: Sequence[str]
    ) -> LinearClassifier:
        """Fit on messages with their levels and flags.

        Of the features it sees the sentence vector alone: the encoder was fine-tuned for this, and
        two hundred classes over all words would take minutes to train. The look-alikes of a flag
        are a class of their own, so that each one learns what tells them from the flag.
        """
        wanted = [f"{level.value}:{flag}" for level, flag in zip(levels, flags, strict=True)]
        return LinearClassifier.train(features, wanted, DIMENSIONS)

    def of(self, text: str, features: Features, featurize: Callable[[str], Features]) -> Vote:
        """Vote on a message: its mended text, its features, and how to get those of a part."""
        known = self._judged.of(text)
        if known:
            return _certain(*known)
        votes = [self._vote(features), *(self._vote(featurize(part)) for part in stretches(text))]
        gravest = max(votes, key=_gravity)
        if gravest.level is CareLevel.NONE:
            alone = (self._vote(featurize(part), self._alone) for part in sentences(text))
            gravest = max([gravest, *alone], key=_gravity)
        judged = RISING if len(text.split()) >= JUDGED else ()
        return replace(gravest, below={level: min(vote.below[level] for vote in votes) for level in judged})

    def overrules(
        self, seen: CareLevel, vote: Vote, around: Iterable[str], featurize: Callable[[str], Features]
    ) -> bool:
        """Whether signs that the patterns saw may be held for no report of their level.

        Args:
            seen: the level of these signs, above none.
            vote: on the whole message, where much harmless talk may drown a danger.
            around: what stands right around each sign; each must be below that level by itself.
        """
        needed = self._harmless_crisis if seen is CareLevel.CRISIS else self._harmless
        if vote.level >= seen or vote.below.get(seen, 0.0) < needed:
            return False
        return all(self._vote(featurize(part)).below[seen] >= needed for part in around)

    def _vote(self, features: Features, thresholds: Mapping[CareLevel, float] | None = None) -> Vote:
        thresholds = thresholds or self._thresholds
        probabilities = self._model.probabilities(features)
        reached = self._at_least @ probabilities
        below = {level: float(1 - p) for level, p in zip(RISING, reached, strict=True)}
        for level, probability in reversed(list(zip(RISING, reached, strict=True))):
            if probability >= thresholds[level]:
                sure = probability >= self._sure or level not in ASKED
                return Vote(level, self._flag(probabilities, level), float(probability), bool(sure), below)
        return Vote(CareLevel.NONE, None, below[CareLevel.SEE_DOCTOR], True, below)

    def _flag(self, probabilities: npt.NDArray[np.float32], level: CareLevel) -> str:
        of_level = [p if lv is level else 0.0 for p, lv in zip(probabilities, self._levels, strict=True)]
        name = self._model.classes[int(np.argmax(of_level))]
        return name.split(":", 1)[1]


def _certain(level: CareLevel, flag: str) -> Vote:
    below = {each: float(level < each) for each in RISING}
    return Vote(level, flag if level > CareLevel.NONE else None, 1.0, True, below)


def _gravity(vote: Vote) -> tuple[int, float]:
    return vote.level.rank, vote.probability


def sentences(text: str) -> list[str]:
    """The sentences of a message; none of one that is a single sentence."""
    parts = [part for part in SENTENCE.split(text) if part]
    return [part for part in parts if len(part.split()) >= SPEAKS] if len(parts) > 1 else []


def stretches(text: str) -> Iterator[str]:
    """Overlapping stretches of a message too long to be read at once; none of a shorter one."""
    words = text.split()
    if len(words) > STRETCH:
        for start in range(0, len(words) - STRETCH // 2, STRETCH // 2):
            yield " ".join(words[start : start + STRETCH])
