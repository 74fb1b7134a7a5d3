"""The one reply model: what every channel, test and count relies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from charley.facts import Fact, Picture, Source


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
class Points:
    """Statements that may stand as a list, after an opening (or none)."""

    items: Sequence[str]
    opening: str = ""

    @property
    def paragraphs(self) -> list[str]:
        return [" ".join([self.opening, *self.items]).strip()]

    def as_dict(self) -> dict[str, Any]:
        return {"type": "points", "opening": self.opening, "items": list(self.items)}


@dataclass(frozen=True)
class Table:
    """Things side by side: a column for each, a row for each thing told of them; a cell may be empty."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]

    @property
    def paragraphs(self) -> list[str]:
        """A paragraph for each column, for where there are no tables."""
        told = ([cells[n] for _, cells in self.rows if cells[n]] for n in range(len(self.columns)))
        return [" ".join([f"{column}:", *cells]) for column, cells in zip(self.columns, told, strict=True)]

    def as_dict(self) -> dict[str, Any]:
        rows = [{"title": title, "cells": list(cells)} for title, cells in self.rows]
        return {"type": "table", "columns": list(self.columns), "rows": rows}


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str

    @property
    def paragraphs(self) -> list[str]:
        return [self.text]

    def as_dict(self) -> dict[str, Any]:
        return {"type": "text", "text": self.text}


Block = Text | Points | Table


@dataclass(frozen=True)
class Reply:
    """One message to a person, before any platform's form.

    Attributes:
        blocks: what it says, in order.
        facts: the facts that it says.
        sources: where they come from, each once.
        buttons: three at most.
        rest: ids of facts that did not fit: what "more" goes on with.
        pictures: drawings of what the facts tell to do.
    """

    kind: Kind
    blocks: Sequence[Block]
    facts: Sequence[Fact] = ()
    sources: Sequence[Source] = ()
    buttons: Sequence[Button] = ()
    rest: Sequence[str] = ()
    pictures: Sequence[Picture] = ()

    @property
    def paragraphs(self) -> list[str]:
        """What it says as plain text."""
        return [paragraph for block in self.blocks for paragraph in block.paragraphs]

    @property
    def text(self) -> str:
        """The whole text, sources named at its end."""
        parts = self.paragraphs
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
            "blocks": [block.as_dict() for block in self.blocks],
            "pictures": [{"name": p.id, "alt": p.alt, "caption": p.caption} for p in self.pictures],
        }
