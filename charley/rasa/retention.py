"""Deletes conversations that are older than need be: a server by itself, each few hours."""

from __future__ import annotations

import asyncio
import os
import time
from logging import getLogger

from rasa.core.tracker_store import TrackerStore

from charley.rasa.tracker_store import LiveTrackerStore

DAYS_VARIABLE = "CHARLEY_RETENTION_DAYS"
DAYS = 30  # enough for trainers to read what was asked in vain; docs/privacy.md
EVERY = 6 * 3600  # seconds between two rounds
logger = getLogger(__name__)


class RetentionError(ValueError):
    """The retention time can't be read; the message says what it may be."""


def days() -> int:
    """For how many days a conversation is kept after its last message.

    Raises:
        RetentionError: unless the variable is unset or a whole number from 1 to 3650.
    """
    told = os.environ.get(DAYS_VARIABLE, "").strip() or str(DAYS)
    if not told.isascii() or not told.isdigit() or not 1 <= int(told) <= 3650:
        raise RetentionError(f"{DAYS_VARIABLE} is {told!r}; it must be a number of days from 1 to 3650.")
    return int(told)


async def purge(store: TrackerStore, older_than: int) -> int:
    """Delete what was last touched more than so many days ago; gives how many events went.

    Raises:
        RetentionError: if the store is not Charley's.
    """
    store = getattr(store, "_tracker_store", store)  # Rasa wraps it and passes on nothing but its own methods
    if not isinstance(store, LiveTrackerStore):
        raise RetentionError(f"A {type(store).__name__} can't be purged: see endpoints.yml.")
    return await store.purge(time.time() - older_than * 86400)


async def keep_purging(store: TrackerStore, older_than: int, every: float = EVERY) -> None:
    """Purge now and then, for ever; a store that fails is tried again next time."""
    while True:
        try:
            await purge(store, older_than)
        except RetentionError:
            return  # talks in memory only: nothing is kept
        except Exception as error:  # whatever a database may raise
            logger.warning(
                "Old conversations could not be deleted (%s); tried again later.", type(error).__name__
            )
        await asyncio.sleep(every)
