"""Whether a worker takes messages. Rests on nothing but the worker itself: Charley goes on without its services."""

from __future__ import annotations

import time
from typing import Any

from sanic import Sanic

from charley.rasa.assistant import GuardMissing
from charley.rasa.channel import of
from charley.rasa.metrics import registry, services

TRIED_SECONDS = 5.0  # that the guard's last trial stands for
MOST_WAITING = 500  # turns: half a minute of work


class Health:
    """The readiness of the server's one assistant."""

    def __init__(self) -> None:
        self._tried, self._works = float("-inf"), False

    async def look(self, app: Sanic) -> dict[str, Any]:
        """What holds a worker back, in names alone.

        Returns:
            `ready`, its `checks` ("ok" or not), and `services` ("up" or "away"), which do not count.
        """
        model = getattr(app.ctx, "agent", None)
        has_model = model is not None and model.is_ready()
        checks = {
            "model": has_model,
            "guard": has_model and await self._guard_works(app),
            "turns": has_model and of(app).waiting < MOST_WAITING,
            "running": not app.is_stopping and not (has_model and of(app).is_stopping),
        }
        ready = all(checks.values())
        registry.READY.set(ready)
        registry.TURNS_WAITING.set(of(app).waiting if has_model else 0)
        return {
            "ready": ready,
            "checks": {name: "ok" if ok else "not ok" for name, ok in checks.items()},
            "services": services.states(),
        }

    async def _guard_works(self, app: Sanic) -> bool:
        """Whether the pipeline's guard reads a known danger as one; tried anew every five seconds at most."""
        now = time.monotonic()
        if now - self._tried < TRIED_SECONDS:
            return self._works
        self._tried = now
        try:
            await of(app).assistant.check()
            self._works = True
        except GuardMissing:
            self._works = False
        registry.GUARD.set(self._works)
        return self._works
