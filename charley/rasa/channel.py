"""What every channel of Charley's shares: one assistant for them all, and one turn at a time for each sender."""

from __future__ import annotations

import os
import sys
from asyncio import Lock
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic

from charley.rasa.assistant import Assistant


class CharleyInput(InputChannel):
    """A channel that speaks through the server's one Assistant, and refuses to run without its care guard."""

    def guarded(self, blueprint: Blueprint) -> Blueprint:
        """The blueprint with what must happen when the server starts and stops."""

        @blueprint.listener("after_server_start")
        async def refuse_to_run_unguarded(app: Sanic, _: Any) -> None:
            try:
                await of(app).assistant.check()
            except Exception as error:
                # Rasa itself would go on without a model, and answer nobody.
                print(f"Charley does not start: {error}", file=sys.stderr, flush=True)
                os._exit(1)

        @blueprint.listener("after_server_stop")
        async def let_go(app: Sanic, _: Any) -> None:
            await of(app).assistant.close()

        return blueprint


class Turns:
    """The assistant, taking the turns of each sender one after the other."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._locks: dict[str, Lock] = {}  # one for each sender with a turn under way
        self._waiting: Counter[str] = Counter()

    @property
    def under_way(self) -> int:
        """How many turns are being worked on or wait."""
        return self._waiting.total()

    async def reply(
        self, sender: str, turn: Any, message_id: str | None, metadata: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """As `Assistant.reply`; a repeated message waits for the replies to the first."""
        lock = self._locks.setdefault(sender, Lock())
        self._waiting[sender] += 1
        try:
            async with lock:
                return await self.assistant.reply(sender, turn, message_id, metadata)
        finally:
            self._waiting[sender] -= 1
            if not self._waiting[sender]:
                del self._waiting[sender], self._locks[sender]


def of(app: Sanic) -> Turns:
    """The server's one Turns, made when it is first needed."""
    turns: Turns | None = getattr(app.ctx, "charley", None)
    if turns is None:
        turns = app.ctx.charley = Turns(Assistant(app.ctx.agent))
    return turns
