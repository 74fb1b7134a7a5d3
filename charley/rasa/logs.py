"""The form of the logs, of both servers: lines for people, or with CHARLEY_LOG=json one JSON object a line.

Whichever it is, the log holds nothing of a person: see charley/rasa/quiet.py for what is kept out of it.
Needs nothing of Rasa, for the action server does without.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from contextvars import ContextVar
from datetime import datetime, timezone

VARIABLE = "CHARLEY_LOG"
TEXT, JSON = "text", "json"
CHANNEL: ContextVar[str | None] = ContextVar("channel", default=None)  # of the message that is worked on


class NoSuchLog(ValueError):
    """CHARLEY_LOG is none of its values; the message says so."""


def wanted() -> str:
    """`TEXT` or `JSON`. Raises NoSuchLog."""
    form = os.environ.get(VARIABLE, "").strip() or TEXT
    if form not in (TEXT, JSON):
        raise NoSuchLog(f"{VARIABLE} must be {TEXT} (or unset) or {JSON}.")
    return form


def set_up() -> None:
    """From here on every line of the log is JSON, if that is wanted."""
    if os.environ.get(VARIABLE, "").strip() != JSON:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.getLogger().handlers[:] = [handler]
    logging.lastResort = handler  # for loggers that hand nothing on, such as Sanic's
    warnings.showwarning = lambda *_, **__: None  # plain lines, on which only libraries' makers could act


class JsonLines(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `event`; the `channel` where a message is worked on, and
    of an exception its kind as `error`, and `where` it was raised."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        line = {"time": when, "level": record.levelname.lower(), "logger": record.name}
        line["event"] = _event(record.getMessage())
        channel = CHANNEL.get()
        if channel is not None:
            line["channel"] = channel
        kind, _, trace = record.exc_info or (None, None, None)
        if kind is not None:
            line["error"] = kind.__name__
        while trace is not None:
            line["where"] = f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
            trace = trace.tb_next
        return json.dumps(line, ensure_ascii=False)


def _event(message: str) -> str:
    """What happened, also where Rasa has put it into JSON of its own."""
    try:
        told = json.loads(message) if message.startswith("{") else None
    except ValueError:
        told = None
    return str(told.get("event_info") or told.get("event")) if isinstance(told, dict) else message
