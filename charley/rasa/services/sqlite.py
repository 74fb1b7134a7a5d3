"""SQLite for the tracker store: one write to the disk for each turn, and nothing left of what is deleted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool


def engine(url: sa.engine.URL) -> sa.engine.Engine:
    """An engine for a file, whose connections stay open: the last one that is closed folds the log into the file."""
    made = sa.create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})
    sa.event.listen(made, "connect", _set_up)
    return made


def fold(engine: sa.engine.Engine) -> None:
    """Empty the log, which else holds deleted talks readable until others take their place."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _set_up(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")  # one sync a commit instead of three or four
    connection.execute("PRAGMA synchronous = FULL")  # and that one before anything is acknowledged
    connection.execute("PRAGMA secure_delete = ON")  # the same for the pages of the file itself
