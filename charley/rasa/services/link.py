"""A service that may be away: found out once, then nobody waits for it until it answers again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

logger = logging.getLogger(__name__)
R = TypeVar("R")

AGAIN_SECONDS = 1.0  # after which a service that is away is asked again
THREADS = 8  # that wait for one service


class Away(RuntimeError):
    """A service does not answer."""


class Link:
    """Runs what blocks in threads, and remembers that a service is away, so that one call at most waits in vain.

    The service is asked in the background until it answers, which needs no restart and costs no person time.

    Args:
        name: of the service, for the log.
        ask: asks it whether it is there; raises one of `errors` if not.
        errors: that mean that it is away.
        returned: what is done once it answers again.
        prepare: called once in each thread.
    """

    threads = THREADS

    def __init__(
        self,
        name: str,
        ask: Callable[[], Any],
        errors: tuple[type[Exception], ...],
        returned: Callable[[], Coroutine[Any, Any, None]] | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self._ask, self._errors, self._returned = ask, errors, returned
        self._threads = ThreadPoolExecutor(self.threads, thread_name_prefix=name, initializer=prepare)
        self._asking: asyncio.Task[None] | None = None
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def is_away(self) -> bool:
        """Whether it did not answer when last asked."""
        return self._asking is not None and not self._asking.done()

    async def do(self, work: Callable[..., R], *args: Any) -> R:
        """Do something with the service.

        Raises:
            Away: at once if it is known to be away; else if the work raises one of `errors`.
        """
        try:
            return await self._run(work, *args)
        except self._errors as error:
            self.lost(error)
            raise Away(self.name) from None

    def lost(self, error: Exception) -> None:
        """It was found to be away: ask it until it is back."""
        if not self.is_away:
            logger.error("%s does not answer (%s); going on without it", self.name, type(error).__name__)
            self._asking = asyncio.create_task(self._ask_until_back())
            self._asking.add_done_callback(self._came_back)

    async def _run(self, work: Callable[..., R], *args: Any) -> R:
        return await self._in_thread(self._unless_away, work, *args)

    def _unless_away(self, work: Callable[..., R], *args: Any) -> R:
        # Looked at in the thread: whoever waited for one may have been overtaken by the news.
        if self.is_away:
            raise Away(self.name)
        return work(*args)

    async def _in_thread(self, work: Callable[..., R], *args: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def _ask_until_back(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                await self._in_thread(self._ask)
            except self._errors:
                continue
            except Exception as error:  # whatever it is, it must not end the asking
                logger.error("%s answers with %s", self.name, type(error).__name__)
                continue
            logger.warning("%s answers again", self.name)
            return

    def _came_back(self, asking: asyncio.Task[None]) -> None:
        if self._returned is not None and not asking.cancelled():
            self._catching_up = asyncio.create_task(self._returned())


class InTurn(Link):
    """For what fails fast, so that it is tried each time, and lets one in at a time: all calls share one thread."""

    threads = 1

    async def _run(self, work: Callable[..., R], *args: Any) -> R:
        return await self._in_thread(work, *args)


class Direct(Link):
    """For what is no more than this process's own memory: a thread would cost more, or not see it."""

    async def _run(self, work: Callable[..., R], *args: Any) -> R:
        return work(*args)
