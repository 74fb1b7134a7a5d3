"""The one reply model: what every channel, test and count relies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from charley.facts import Fact, Source


class Kind(str, Enum):
    """What sort of message it is; stands as `kind` in the metadata of every message."""

    ANSWER = "answer"
    CARE = "care"
    CLARIFY = "clarify"
    DECLINE = "decline"
    SMALLTALK = "smalltalk"
    FALLBACK = "fallback"
    NOTICE = "notice"


@dataclass(frozen=True)
class Button:
    """A quick reply. `title` is at most 20 characters (the shortest limit among platforms)."""

    title: str
    payload: str

    def as_dict(self) -> dict[str, str]:
        return {"title": self.title, "payload": self.payload}


@dataclass(frozen=True)
class Reply:
    """One message to a person, before any platform's form.

    Attributes:
        paragraphs: its text, in order.
        facts: the facts that it says.
        sources: where they come from, each once.
        buttons: three at most.
        rest: ids of facts that did not fit: what "more" goes on with.
    """

    kind: Kind
    paragraphs: Sequence[str]
    facts: Sequence[Fact] = ()
    sources: Sequence[Source] = ()
    buttons: Sequence[Button] = ()
    rest: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The whole text, sources named at its end."""
        parts = [paragraph for paragraph in self.paragraphs if paragraph]
        if self.sources:
            parts.append("Sources: " + "; ".join(source.title for source in self.sources))
        return "\n\n".join(parts)

    def metadata(self, care_level: str) -> dict[str, Any]:
        """The reply contract's fields."""
        return {
            "kind": self.kind.value,
            "fact_ids": [fact.id for fact in self.facts],
            "sources": [{"id": s.id, "title": s.title, "url": s.url} for s in self.sources],
            "care_level": care_level,
        }
