"""What lies in the inbox: messages of which nothing tells who wrote them, alike ones in a group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from charley.care.levels import CareLevel
from charley.facts import Fact
from charley.trainers.inbox.incoming import Reason


@dataclass(frozen=True)
class Item:
    """A message, however often it came.

    Attributes:
        text: anonymous.
        count: how often it came, in these words.
        level: the highest that the care guard saw in it.
        answered_as: the intent as which the person's next words were understood, where it was said again.
        at: when it came last, in UTC.
    """

    text: str
    count: int
    reasons: frozenset[Reason]
    level: CareLevel
    answered_as: str | None
    at: datetime

    @property
    def key(self) -> str:
        return key_of(self.text)

    @property
    def items(self) -> Sequence[Item]:
        return (self,)


@dataclass(frozen=True)
class Proposal:
    """What Charley would make of a message.

    Attributes:
        intent: None where it has no idea.
        confidence: 0 to 1.
        others: the next likely intents with theirs.
        facts: those that would answer.
    """

    intent: str | None
    confidence: float
    others: Sequence[tuple[str, float]] = ()
    facts: Sequence[Fact] = ()


@dataclass(frozen=True)
class Group:
    """Items that ask nearly the same.

    Attributes:
        text: of the item in their middle; what is accepted.
        items: most frequent first.
        level: the highest that the care guard sees in any of them.
    """

    text: str
    items: Sequence[Item]
    level: CareLevel
    proposal: Proposal

    @property
    def key(self) -> str:
        return key_of(self.text)

    @property
    def count(self) -> int:
        """How often they came, all together."""
        return sum(item.count for item in self.items)

    @property
    def reasons(self) -> Sequence[tuple[Reason, int]]:
        """Why they came in, the most frequent reason first, with how often."""
        counted = Counter({reason: 0 for item in self.items for reason in sorted(item.reasons)})
        for item in self.items:
            counted.update({reason: item.count for reason in item.reasons})
        return counted.most_common()


def key_of(text: str) -> str:
    """A text without case, punctuation and spaces: what makes two messages one."""
    return " ".join(re.findall(r"\w+", text.lower()))
