"""Rasa's events for whoever counts or watches, through RabbitMQ: without what people said, unless told otherwise.

A reader of the queue sees that something happened, not what was said: see `without_text`. Events are
published in order and at least once, from memory: while RabbitMQ is away they wait, and nobody else does.
What nobody has read goes from the queue as talks go from the store (CHARLEY_RETENTION_DAYS).

Named under `event_broker:` in endpoints.yml; without CHARLEY_RABBITMQ_URL nothing is published.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from aio_pika import Message
from rasa.core.brokers.pika import PikaEventBroker
from rasa.utils.endpoints import EndpointConfig

from charley.rasa.metrics import services
from charley.rasa.retention import days
from charley.rasa.services.addresses import RABBITMQ, AddressError, address, told

logger = logging.getLogger(__name__)

CONTENT = "CHARLEY_EVENTS"  # what they hold:
WITH_TEXT, WITHOUT_TEXT = "with-text", "without-text"
EXCHANGE, QUEUE = "charley-events", "charley_events"
SECONDS = 5.0  # for a connection, and for a confirmation
AGAIN_SECONDS = 1.0
MOST = 20_000  # events that wait
CLOSE_SECONDS = 2.0  # for what still waits when the server stops
DAY = 86_400
MOST_DAYS = 49  # that RabbitMQ keeps a message for by itself: it counts milliseconds in 32 bits


class Events(PikaEventBroker):
    """Rasa's broker, which loses what is said before it is connected, holds up the start and keeps no order."""

    _connection: Any

    def __init__(self, url: str, with_text: bool = False) -> None:
        parts = urlsplit(url)
        super().__init__(
            url,
            parts.username or "",
            parts.password or "",
            queues=[QUEUE],
            exchange_name=EXCHANGE,
            connection_attempts=1,
            retry_delay_in_seconds=0,
            event_loop=asyncio.get_running_loop(),
        )
        self._with_text = with_text
        self._seconds = min(days(), MOST_DAYS) * DAY
        self._waiting: deque[dict[str, Any]] = deque()
        self._more = asyncio.Event()
        self._lost = 0
        self._is_away = False
        self._delivering = asyncio.create_task(self._deliver())
        services.use(services.EVENTS, lambda: self._is_away, waiting=lambda: len(self._waiting))

    @classmethod
    async def from_endpoint_config(
        cls, broker_config: EndpointConfig | None, event_loop: AbstractEventLoop | None = None
    ) -> Events | None:
        """The broker of CHARLEY_RABBITMQ_URL; None without.

        Raises:
            AddressError: if that is no address, or CHARLEY_EVENTS is none of its two values.
        """
        url = address(RABBITMQ)
        return cls(url, wants_text()) if url else None

    def publish(self, event: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        """Publish an event as soon as can be."""
        if len(self._waiting) >= MOST:
            self._waiting.popleft()
            self._lost += 1
            services.LOST.labels(services.EVENTS).inc()
        self._waiting.append(event if self._with_text else without_text(event))
        self._more.set()

    async def close(self) -> None:
        """Publish what waits, if that can be done soon, and end the connection."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._until_published(), CLOSE_SECONDS)
        if self._waiting:
            logger.error("RabbitMQ is away: %d events are lost", len(self._waiting))
        self._delivering.cancel()
        await self._hang_up()

    async def _until_published(self) -> None:
        while self._waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def _deliver(self) -> None:
        """Publish for ever, each event once the one before is confirmed."""
        while True:
            try:
                if self._exchange is None:
                    await asyncio.wait_for(self.connect(), SECONDS)
                await self._publish_next()
            except Exception as error:  # the libraries raise some ten kinds
                if not self._is_away:
                    self._is_away = True
                    logger.error("RabbitMQ does not answer (%s); events wait", type(error).__name__)
                await self._hang_up()
                await asyncio.sleep(AGAIN_SECONDS)

    async def _publish_next(self) -> None:
        if not self._waiting:
            self._more.clear()
            await self._more.wait()
        event = self._waiting[0]
        assert self._exchange is not None
        await asyncio.wait_for(self._exchange.publish(self._message(event, None), ""), SECONDS)
        if self._waiting and self._waiting[0] is event:
            self._waiting.popleft()
        if self._is_away:
            self._is_away = False
            logger.warning("RabbitMQ answers again; %d events were lost", self._lost)

    def _message(self, event: dict[str, Any], headers: dict[str, str] | None) -> Message:
        """Rasa's, which RabbitMQ deletes by itself in time."""
        message: Message = super()._message(event, headers)
        message.expiration = self._seconds
        return message

    async def _hang_up(self) -> None:
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                await asyncio.wait_for(connection.close(), SECONDS)

    def _configure_url(self) -> str:
        """As it was given: Rasa would add what it already holds."""
        return str(self.host)


def wants_text() -> bool:
    """Whether events are to hold what was said. Raises AddressError."""
    content = told(CONTENT) or WITHOUT_TEXT
    if content not in (WITH_TEXT, WITHOUT_TEXT):
        raise AddressError(f"{CONTENT} must be {WITHOUT_TEXT} (or unset) or {WITH_TEXT}.")
    return content == WITH_TEXT


def without_text(event: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of how Charley runs, and nothing that a person said or was told.

    Returns:
        `sender_id` (a pseudonym), `event`, `timestamp`; of an action its `name`; of a message the `intent`
        that it was taken for, with its `confidence`; of a reply its `kind` and `care_level`. No text, no
        entity, no slot, no fact.
    """
    kept = {key: event.get(key) for key in ("sender_id", "event", "timestamp")}
    if event.get("event") == "action":
        kept["name"] = event.get("name")
    elif event.get("event") == "user":
        intent = (event.get("parse_data") or {}).get("intent") or {}
        kept |= {"intent": intent.get("name"), "confidence": intent.get("confidence")}
    elif event.get("event") == "bot":
        metadata = event.get("metadata") or {}
        kept |= {"kind": metadata.get("kind"), "care_level": metadata.get("care_level")}
    return kept
