"""PostgreSQL for the tracker store: no call waits long for it, and lost connections are noticed before they are used."""

from __future__ import annotations

import select
import threading
import time
from typing import Any

import psycopg2
import sqlalchemy as sa
from psycopg2 import extensions

from charley.rasa.services.link import THREADS

SECONDS = 1.0  # for a connection, and for a statement, while a person waits
PATIENT_SECONDS = 60.0  # for everything else: purging, exporting
START_SECONDS = 5.0  # in the main thread
_patience = threading.local()


def engine(url: str) -> sa.engine.Engine:
    """An engine for this address, with limits on all that is waited for.

    The limit on the client's side holds for whatever goes wrong, a network that swallows everything among
    it; PostgreSQL's own lets it stop work for which nobody waits any more.
    """
    milliseconds = int(PATIENT_SECONDS * 1000)
    limits = f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds}"
    return sa.create_engine(
        sqlalchemy_url(url),
        pool_pre_ping=True,
        pool_size=THREADS + 2,  # two for whoever has time
        max_overflow=0,
        pool_timeout=SECONDS,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"options": limits, "application_name": "charley"},
    )


def wait_with_a_limit() -> None:
    """From now on no connection to PostgreSQL of this process waits for ever."""
    extensions.set_wait_callback(_wait)
    hurry(START_SECONDS)


def sqlalchemy_url(url: str) -> str:
    """The address as SQLAlchemy spells it."""
    return url.replace("postgres://", "postgresql://", 1)


def hurry(seconds: float = SECONDS) -> None:
    """From now on this thread waits so long, and no longer, for each answer."""
    _patience.seconds = seconds


def _wait(connection: Any) -> None:
    """psycopg2's way of waiting: as its own, but not for ever. It closes a connection for which this raises."""
    end = time.monotonic() + getattr(_patience, "seconds", PATIENT_SECONDS)
    while True:
        state = connection.poll()
        if state == extensions.POLL_OK:
            return
        wanted = select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
        socket = select.poll()
        socket.register(connection.fileno(), wanted)
        if not socket.poll(max(end - time.monotonic(), 0) * 1000):
            raise psycopg2.OperationalError("no answer in time")
