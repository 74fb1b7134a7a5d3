"""Keeps Rasa quiet and private when it is used from Python instead of its command line.

Not configured, Rasa's structured log prints every message and its parse at debug level.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import MutableMapping
from typing import Any

PRIVATE = frozenset({"rasa", "rasa_sdk", "sanic", "asyncio", "sqlalchemy", "socketio", "engineio"})
VALUES = (
    "[SQL",
    "[parameters",
    "Traceback",
    "exception=",
    "error=",
    "handling uri",
    "handling the exception",
)
"""Values stand after these."""
LEFT = "(AttributeError, sanic.server.protocols.http_protocol:"
"""Somebody left while they were answered: Sanic 21.12 then asks a connection that it has let go of. Nothing is wrong."""
TOLD = ("event", "event_info", "level")  # of what Rasa logs as fields; the others may hold what was said


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
    if _is_private():
        _keep_fields_out()
    logging.getLogger("rasa").setLevel(logging.WARNING)


def keep_private() -> None:
    """From here on no log record of Rasa, asyncio, Sanic, the sockets or the database carries an exception's text or values.

    An exception may hold what a person wrote: a row that could not be saved, an event that could
    not be read. What went wrong, and where, still stands in the record's own words. What is below a
    warning is not logged at all, whatever levels are set: Rasa tells every message there.
    """
    logging.disable(logging.INFO)
    _keep_fields_out()
    if _is_private():
        return
    make = logging.getLogRecordFactory()

    def private(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if record.name.split(".")[0] in PRIVATE:
            raised, record.exc_info, record.exc_text = record.exc_info, None, None
            message = type(record.msg).__name__ if isinstance(record.msg, Exception) else record.getMessage()
            cut = min((message.find(mark) for mark in VALUES if mark in message), default=len(message))
            record.msg, record.args = message[:cut] + _kind_and_place(raised), ()
        return record

    private.keeps_private = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(private)
    logging.getLogger("sanic.error").addFilter(lambda record: LEFT not in record.getMessage())


def _kind_and_place(raised: Any) -> str:
    """Of an exception what may be told: " (RuntimeError, actions.answers:12)"; nothing where there is none."""
    kind, _, trace = raised or (None, None, None)
    if kind is None:
        return ""
    place = ""
    while trace is not None:
        place = f", {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f" ({kind.__name__}{place})"


def _is_private() -> bool:
    return getattr(logging.getLogRecordFactory(), "keeps_private", False)


def _keep_fields_out() -> None:
    """Of what Rasa logs as fields, log none that may hold what was said. Without Rasa there is nothing to do."""
    if "structlog" not in sys.modules:
        return
    import structlog

    processors = structlog.get_config()["processors"]
    if _only_what_happened not in processors:
        structlog.configure(processors=[_only_what_happened, *processors])


def _only_what_happened(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: event[name] for name in TOLD if name in event}
