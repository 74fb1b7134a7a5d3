"""Which messages come into the inbox, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest

from actions.meaning import SURE
from charley.answers import Kind
from charley.facts import FactTable, SubjectKind
from charley.reading.encoder import Vector, sentence_encoder
from charley.trainers.talks import Exchange, Talk

NOT_ENGLISH = "not_english"
SOON = 300  # seconds, within which who was not helped says it again
# How alike (dot product of their vectors) the two are then. Of pairs written for this, ways of saying one thing
# reached 0.68 to 0.90, two questions on one matter 0.42 to 0.77.
AGAIN = 0.72
ANY_CRAMP = "leg_cramps"


class Reason(str, Enum):
    """Why a message lies in the inbox; `told` as trainers read it."""

    DECLINED = "declined"
    NOT_UNDERSTOOD = "not_understood"
    ASKED_BACK = "asked_back"
    UNSURE = "unsure"
    THUMB_DOWN = "thumb_down"
    SAID_AGAIN = "said_again"
    GAP = "gap"

    @property
    def told(self) -> str:
        return TOLD[self.value]


TOLD = {
    "declined": "declined",
    "not_understood": "not understood",
    "asked_back": "asked back",
    "unsure": "answered with low confidence",
    "thumb_down": "thumbed down",
    "said_again": "said again in other words",
    "gap": "no fact yet",
}
BY_KIND = {
    Kind.DECLINE.value: Reason.DECLINED,
    Kind.FALLBACK.value: Reason.NOT_UNDERSTOOD,
    Kind.CLARIFY.value: Reason.ASKED_BACK,
}


@dataclass(frozen=True)
class Incoming:
    """A message with why it comes in.

    Attributes:
        answered_as: the intent as which the person's next words were understood, where it was said again.
    """

    exchange: Exchange
    reasons: frozenset[Reason]
    answered_as: str | None = None


def incoming(talks: Iterable[Talk], table: FactTable) -> Iterator[Incoming]:
    """The typed messages that went wrong, or may have.

    Pressed buttons teach no wording, and another language is not Charley's: both are left out. Below SURE
    an answer is given for the next likely intent too, so its first guess is in doubt.
    """
    talks = list(talks)
    vectors = _vectors(talks)
    for talk in talks:
        for one, after in zip_longest(talk.turns, talk.turns[1:]):
            if one.pressed is not None or one.intent == NOT_ENGLISH or not one.said.strip():
                continue
            reasons = {BY_KIND[kind] for kind in one.kinds if kind in BY_KIND}
            if Kind.ANSWER.value in one.kinds and (one.confidence or 0) < SURE:
                reasons.add(Reason.UNSURE)
            if one.thumb == "down":
                reasons.add(Reason.THUMB_DOWN)
            if any(s in table.subjects and table.subjects[s].kind is SubjectKind.GAP for s in one.subjects):
                reasons.add(Reason.GAP)
            again = after is not None and says_again(one, after, vectors)
            if again:
                reasons.add(Reason.SAID_AGAIN)
            if reasons:
                understood = again and Kind.ANSWER.value in after.kinds and (after.confidence or 0) >= SURE
                yield Incoming(one, frozenset(reasons), after.intent if understood else None)


def says_again(one: Exchange, after: Exchange, vectors: Mapping[str, Vector]) -> bool:
    """Whether a message asks nearly the same as the one before, within minutes.

    Not if they name different subjects ("which foods have calcium", "which foods have iron"), nor if both
    were understood for certain, as different questions.

    Args:
        vectors: the sentence vector of each text.
    """
    if not _follows(one, after):
        return False
    named, named_after = ({s for s in e.subjects if s != ANY_CRAMP} for e in (one, after))
    if named and named_after and named.isdisjoint(named_after):
        return False
    sure = all((e.confidence or 0) >= SURE and Kind.ANSWER.value in e.kinds for e in (one, after))
    if sure and one.intent != after.intent:
        return False
    return float(vectors[one.said] @ vectors[after.said]) >= AGAIN


def _follows(one: Exchange, after: Exchange) -> bool:
    typed = one.pressed is None and after.pressed is None and one.said.strip() and after.said.strip()
    return bool(typed) and (after.at - one.at).total_seconds() <= SOON


def _vectors(talks: Iterable[Talk]) -> Mapping[str, Vector]:
    """The sentence vectors of what may be said again."""
    pairs = ((one, after) for talk in talks for one, after in zip(talk.turns, talk.turns[1:], strict=False))
    texts = list(
        dict.fromkeys(text for pair in pairs if _follows(*pair) for text in (pair[0].said, pair[1].said))
    )
    return dict(zip(texts, sentence_encoder().encode_all(texts), strict=True)) if texts else {}
