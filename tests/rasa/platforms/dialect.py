"""How each platform speaks: what it delivers, how it signs, and how to read what it was sent."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from tests.rasa.platforms.fake import Call, Fake


@dataclass(frozen=True)
class Delivery:
    """A request that a platform makes."""

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    query: str = ""


@dataclass(frozen=True)
class Said:
    """A message of a person: typed, or (with `data`) an option pressed."""

    text: str
    id: str
    sender: str
    data: str | None = None


class Dialect(ABC):
    """One platform, as its own servers behave.

    Attributes:
        path: a part of the path of the calls that carry messages to people.
        presses: whether something can be pressed.
        at_once: whether replies stand in the response to the delivery.
    """

    name: ClassVar[str]
    path: ClassVar[str]
    presses: ClassVar[bool] = True
    batches: ClassVar[bool] = False
    stamps_time: ClassVar[bool] = False
    at_once: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        """The variables that open the platform, pointed at the fake."""

    @abstractmethod
    def deliver(self, *said: Said) -> Delivery:
        """A signed delivery of these messages (one, unless it batches)."""

    @abstractmethod
    def other(self, kind: str) -> Delivery:
        """A signed delivery that holds no text of a person: kind "media" or "event"."""

    @abstractmethod
    def forged(self, delivery: Delivery, how: str) -> Delivery:
        """The delivery "unsigned", signed with the "wrong" secret, or (where it stamps time) "stale"."""

    @abstractmethod
    def text(self, call: Call) -> str:
        """What a person reads of a call."""

    def options(self, call: Call) -> list[tuple[str, str]]:
        """What can be pressed: titles, and what comes back."""
        return []

    @abstractmethod
    def pictures(self, call: Call) -> list[tuple[str, str]]:
        """The drawings in a call: the address of each, and what is told in words of it there."""


def as_json(body: Any, **headers: str) -> Delivery:
    return Delivery({"Content-Type": "application/json", **headers}, json.dumps(body).encode())


def without(delivery: Delivery, header: str) -> Delivery:
    return replace(delivery, headers={k: v for k, v in delivery.headers.items() if k != header})


def with_(delivery: Delivery, **headers: str) -> Delivery:
    return replace(
        delivery, headers={**delivery.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )


SECRET = "s" * 40  # CHARLEY_SECRET in these tests
