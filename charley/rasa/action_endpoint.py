"""Calls the action server over a connection that is kept open, with no more than Charley's actions read.

Rasa opens a connection for each action and sends every event of the talk whole, which takes longer the
longer people talk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import BasicAuth, ClientSession, ClientTimeout, TCPConnector
from rasa.utils.endpoints import EndpointConfig

from charley.care.course import metadata_of
from charley.rasa.events import is_read
from charley.rasa.metrics import registry, services
from charley.rasa.metrics.message import timed
from charley.rasa.services.addresses import ACTIONS, address

ANSWER_SECONDS = (
    4.0  # for an answer: the person gets theirs within 5, and a talk goes on after one that hangs
)
IDLE_SECONDS = 3  # less than the 5 after which Sanic closes a connection, lest it does so under a request
# In the metadata of what was said: only for who shows it.
SHOWN = frozenset({"blocks", "pictures", "sources", "fact_ids"})
# What is read of how an earlier message was parsed; of its entities what they say, not where.
PARSED = ("intent", "entities", "care")
NAMED = ("entity", "value")


class ActionEndpoint(EndpointConfig):
    """Rasa's endpoint, faster. Errors are those of Rasa's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._session: ClientSession | None = None
        self._is_away = False
        services.use(services.ACTION_SERVER, lambda: self._is_away)

    @classmethod
    def like(cls, endpoint: EndpointConfig) -> ActionEndpoint:
        """One with the same credentials, and the same address unless CHARLEY_ACTIONS_URL is set."""
        names = ("url", "params", "headers", "basic_auth", "token", "token_name", "cafile")
        options = {name: getattr(endpoint, name) for name in names}
        return cls(**{**options, "url": address(ACTIONS) or endpoint.url}, **endpoint.kwargs)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[ClientSession]:
        """The session kept open; it is not closed on leaving."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(
                headers=self.headers,
                auth=BasicAuth(self.basic_auth["username"], self.basic_auth["password"])
                if self.basic_auth
                else None,
                connector=TCPConnector(keepalive_timeout=IDLE_SECONDS),
            )
        yield self._session

    async def close(self) -> None:
        """Close the connection; the next request opens one again."""
        if self._session is not None:
            await self._session.close()

    @timed(registry.ACTIONS)
    async def request(self, *args: Any, json: Mapping[str, Any], **options: Any) -> Any:
        """Send what the actions read of `json`, as Rasa makes it; gives the answer."""
        options["timeout"] = ClientTimeout(total=ANSWER_SECONDS)  # Rasa passes five minutes with each call
        try:
            answer = await super().request(*args, json=what_is_read(json), **options)
        except Exception:
            self._is_away = True
            registry.ACTION_CALLS.labels("failed").inc()
            raise
        self._is_away = False
        registry.ACTION_CALLS.labels("ok").inc()
        return answer


def what_is_read(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call to the action server without the events, and the parts of events, that no action reads."""
    tracker = call["tracker"]
    events = [
        _what_is_read_of(event)
        for event in tracker["events"] or ()
        if is_read(event["event"], event.get("name"))
    ]
    return {**call, "tracker": {**tracker, "events": events}}


def _what_is_read_of(event: Mapping[str, Any]) -> dict[str, Any]:
    kind = event["event"]
    if kind == "bot":
        metadata = metadata_of(dict(event))
        return {"event": kind, "metadata": {k: v for k, v in metadata.items() if k not in SHOWN}}
    if kind == "user":
        parsed = {name: value for name, value in (event.get("parse_data") or {}).items() if name in PARSED}
        parsed["care"] = {name: value for name, value in (parsed.get("care") or {}).items() if value}
        parsed["entities"] = [{name: e.get(name) for name in NAMED} for e in parsed.get("entities") or ()]
        return {
            "event": kind,
            "text": event.get("text"),
            "parse_data": parsed,
            "metadata": event.get("metadata"),
        }
    return {"event": kind, "name": event["name"]}
