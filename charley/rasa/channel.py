"""What every channel of Charley's shares: one assistant for them all, and one turn at a time for each sender."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import sys
from asyncio import Future
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, TypeVar

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic

from charley.care.levels import CareLevel
from charley.rasa.assistant import Assistant
from charley.rasa.metrics.message import channel_of, stage, taking
from charley.rasa.metrics.registry import WAITING
from charley.rasa.retention import days, keep_purging

logger = logging.getLogger(__name__)
R = TypeVar("R")

FORGET = "forget this chat"
MAX_ID = 200  # characters of a sender's or a message's id
TOKEN = re.compile("[!-~]{16,256}")  # what HTTP headers carry unchanged; at most what Telegram takes
TOKEN_RULE = "16 to 256 letters, digits and signs, no spaces"
HELD_UP_SECONDS = 1.5  # after which an emergency is answered ahead of its turn
STOP_SECONDS = 10.0  # for all that is under way when the server stops
QUIET_SECONDS = 1.0  # for a moment without a turn, in which it closes its port
CLOSE_SECONDS = 6.0  # for connections to end after that: more than a turn takes


def is_id(value: Any, most: int = MAX_ID) -> bool:
    """Whether a client may call a sender or a message so."""
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def is_token(value: str) -> bool:
    """Whether a token that someone made up keeps `TOKEN_RULE`."""
    return TOKEN.fullmatch(value) is not None


class CharleyInput(InputChannel):
    """A channel that speaks through the server's one Assistant, and refuses to run without its care guard."""

    async def leave(self) -> None:
        """Let go of who is connected: the server stops, and all that was under way is done."""

    def guarded(self, blueprint: Blueprint) -> Blueprint:
        """The blueprint with what must happen when the server starts and stops."""

        @blueprint.listener("after_server_start")
        async def refuse_to_run_unguarded(app: Sanic, _: Any) -> None:
            turns = of(app)
            if turns.checked:  # by another channel
                return
            turns.checked = True
            try:
                kept = days()
                await turns.assistant.check()
            except Exception as error:
                # Rasa itself would go on without a model, and answer nobody.
                print(f"Charley does not start: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            # What is loaded stays. Looked through for garbage time and again, it held everybody up for half a second.
            gc.collect()
            gc.freeze()
            turns.purging = asyncio.create_task(keep_purging(app.ctx.agent.tracker_store, kept))

        @blueprint.listener("before_server_stop")
        async def finish(app: Sanic, _: Any) -> None:
            app.config.GRACEFUL_SHUTDOWN_TIMEOUT = CLOSE_SECONDS
            turns = of(app)
            await turns.finish()
            await self.leave()
            await turns.finish(quiet_within=QUIET_SECONDS)  # Sanic lets in requests until we are done here

        @blueprint.listener("after_server_stop")
        async def let_go(app: Sanic, _: Any) -> None:
            await of(app).close()

        return blueprint


class Place:
    """A place in the line of one sender, held from when it is made: `async with` waits until it is next.

    Attributes:
        patience: seconds that it waits at most, if it may go ahead then.
    """

    patience: float | None = None

    def __init__(self, line: dict[str, Future[None]], sender: str) -> None:
        self._line, self._sender = line, sender
        self._before = line.get(sender)
        self._left: Future[None] = asyncio.get_running_loop().create_future()
        line[sender] = self._left

    async def __aenter__(self) -> None:
        with stage(WAITING):
            if self._before is not None:
                await asyncio.wait({self._before}, timeout=self.patience)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is None or self._before.done():
            self._leave()
        else:  # it went ahead: who comes after waits for those before it too
            self._before.add_done_callback(lambda _: self._leave())

    def _leave(self) -> None:
        self._left.set_result(None)
        if self._line.get(self._sender) is self._left:
            del self._line[self._sender]


class Turns:
    """The assistant, taking the turns of each sender one after the other, in the order in which they came."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.checked = False  # the assistant's care guard
        self.purging: asyncio.Task[None] | None = None  # of old conversations
        self.waiting = 0  # turns that are worked on or wait
        self._line: dict[str, Future[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stop_by: float | None = None  # in the loop's time
        self._is_closed = False

    @property
    def is_stopping(self) -> bool:
        """Whether the server is about to stop: what can be taken elsewhere should be."""
        return self._stop_by is not None

    async def finish(self, quiet_within: float = 0) -> None:
        """Work on until all is done that is under way now, or STOP_SECONDS after the first call are over.

        Args:
            quiet_within: seconds to wait longer, at most, for a moment in which nothing is under way at all.
        """
        loop = asyncio.get_running_loop()
        if self._stop_by is None:
            self._stop_by = loop.time() + STOP_SECONDS
        until_quiet = loop.time() + quiet_within
        under_way = self._under_way()
        while under_way and (left := self._stop_by - loop.time()) > 0:
            await asyncio.wait(under_way, timeout=left)
            under_way = self._under_way() if loop.time() < until_quiet else set()

    async def close(self) -> None:
        """Finish what came in the last moment, and let go of everything."""
        if self._is_closed:
            return
        self._is_closed = True
        await self.finish()
        if left := len(self._under_way()):
            logger.error("Stopped with %d turns or deliveries not done", left)
        if self.purging:
            self.purging.cancel()
        await self.assistant.close()

    def keep(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Do something in the background that is to be done before the server stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _under_way(self) -> set[asyncio.Task[Any]]:
        return self._tasks | self.assistant.under_way()

    def place(self, sender: str) -> Place:
        """Take a place in the sender's line; it must be entered, or nobody comes after."""
        return Place(self._line, sender)

    async def reply(
        self,
        sender: str,
        turn: Any,
        message_id: str | None,
        metadata: Mapping[str, Any],
        place: Place | None = None,
        lead: float = 0,
    ) -> list[dict[str, Any]]:
        """As `Assistant.reply`; a repeated message waits for the replies to the first.

        It goes on if its caller is cancelled, as when a program hangs up: who comes after must have their turn.

        Args:
            place: taken before, if the order of this turn was settled before now.
            lead: seconds that something else gets before the work begins, which would hold it up.
        """
        place = place or self.place(sender)

        async def in_line() -> list[dict[str, Any]]:
            async with place:
                if lead:
                    await asyncio.sleep(lead)
                return await self.assistant.reply(sender, turn, message_id, metadata)

        with taking(channel_of(sender)):
            work = self.keep(in_line())
            self.waiting += 1
            work.add_done_callback(self._done)
            return await self.ahead(sender, turn, work) or await asyncio.shield(work)

    async def ahead(self, sender: str, turn: Any, work: Future[Any]) -> list[dict[str, Any]]:
        """What to say to an emergency while the work on its turn is held up, by a turn before it or by whatever else.

        The work goes on, so that what was told is known later; what it comes to need not be said any more.

        Returns:
            Nothing, if the work is done in time or the turn tells of no emergency.
        """
        done, _ = await asyncio.wait({work}, timeout=HELD_UP_SECONDS)
        return [] if done else await self.assistant.danger(sender, turn, least=CareLevel.EMERGENCY)

    async def forget(self, sender: str, metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Delete a conversation and all that is under way in it; gives the last words.

        They are those that a person gets who asks for it, so that a warning in force is heard once more.
        """
        return await asyncio.shield(self.keep(self._forget(sender, metadata, self.place(sender))))

    async def _forget(self, sender: str, metadata: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
        async with place:
            try:
                return await self.assistant.reply(sender, FORGET, None, metadata)
            finally:
                await self.assistant.erase(sender)

    def _done(self, _: asyncio.Task[Any]) -> None:
        self.waiting -= 1


def of(app: Sanic) -> Turns:
    """The server's one Turns, made when it is first needed."""
    turns: Turns | None = getattr(app.ctx, "charley", None)
    if turns is None:
        turns = app.ctx.charley = Turns(Assistant(app.ctx.agent))
    return turns
