"""Keeps Rasa quiet and private when it is used from Python instead of its command line.

Not configured, Rasa's structured log prints every message and its parse at debug level.
"""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

PRIVATE = frozenset({"rasa", "rasa_sdk", "asyncio", "sqlalchemy", "socketio", "engineio"})
VALUES = ("[SQL", "[parameters", "Traceback", "exception=", "error=")  # values stand after these


def be_quiet() -> None:
    """Telemetry off, no message text in any log, no warnings that only Rasa's makers could act on.

    To be called before anything of Rasa is imported.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.showwarning = lambda *_, **__: None  # not a filter: TensorFlow's world adds its own
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    logging.getLogger("rasa").setLevel(logging.WARNING)


def keep_private() -> None:
    """From here on no log record of Rasa, asyncio, the sockets or the database carries an exception's text or values.

    An exception may hold what a person wrote: a row that could not be saved, an event that could
    not be read. What went wrong, and where, still stands in the record's own words.
    """
    if getattr(logging.getLogRecordFactory(), "keeps_private", False):
        return
    make = logging.getLogRecordFactory()

    def private(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if record.name.split(".")[0] in PRIVATE:
            record.exc_info = record.exc_text = None
            message = record.getMessage()
            cut = min((message.find(mark) for mark in VALUES if mark in message), default=len(message))
            record.msg, record.args = message[:cut], ()
        return record

    private.keeps_private = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(private)
