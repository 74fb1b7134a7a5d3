"""Calls to a platform: in time, again if need be, and without a word of what was said in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout

from charley.rasa.metrics.registry import NOT_SENT, channel_error

logger = logging.getLogger(__name__)
T = TypeVar("T")

SECONDS = 10.0  # for one call
WAIT_SECONDS = (0.5, 2.0)  # between three tries of a call


class NotSent(RuntimeError):
    """A platform did not take a call; the message says the status or the kind of error, never the text.

    Attributes:
        worth_retrying: whether it may take it later.
    """

    def __init__(self, why: int | Exception) -> None:
        super().__init__(f"status {why}" if isinstance(why, int) else type(why).__name__)
        if isinstance(why, int):
            self.worth_retrying = why == 429 or why >= 500
        else:
            self.worth_retrying = isinstance(why, (ClientError, asyncio.TimeoutError))


class Caller:
    """Makes calls to a platform.

    Args:
        name: of the platform, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._session: ClientSession | None = None

    @property
    def http(self) -> ClientSession:
        """A session for calls to the platform."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(timeout=ClientTimeout(total=SECONDS))
        return self._session

    async def close(self) -> None:
        """Let go of the session."""
        if self._session is not None:
            await self._session.close()

    async def post(self, address: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """POST JSON and give the JSON of the answer.

        Raises:
            NotSent: if the status is 300 or more: no token is carried on to another address.
        """
        async with self.http.post(address, json=body, headers=headers, allow_redirects=False) as reply:
            if reply.status >= 300:
                raise NotSent(reply.status)
            return await reply.json(content_type=None)

    async def tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call, again if need be.

        Raises:
            NotSent: if it never comes off; the log says so.
        """
        waits = iter(WAIT_SECONDS)
        while True:
            try:
                return await asyncio.wait_for(call(), SECONDS)
            except Exception as error:
                failure = error if isinstance(error, NotSent) else NotSent(error)
            wait = next(waits, None)
            if wait is None or not failure.worth_retrying:
                logger.error("%s did not take a call: %s", self._name, failure)
                channel_error(self._name, NOT_SENT)
                raise failure from None
            await asyncio.sleep(wait)
