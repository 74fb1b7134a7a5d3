"""What the page works with: one assistant in a thread of its own, the tables as they stand, the talks kept.

The page opens at once; the assistant is loaded behind it (about 15 seconds), and again when a new model
has been trained. What is broken is told, and the last good one goes on answering.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app

from charley.knowledge import (
    MODEL_VARIABLE,
    Knowledge,
    KnowledgeError,
    knowledge_at_hand,
    load_knowledge,
    read_model,
)
from charley.trainers.page.tried import reader_of
from charley.trainers.talks import Talk, read_talks

if TYPE_CHECKING:
    from charley.rasa.assistant import Assistant
    from charley.reading.reader import Reader
    from charley.trainers.inbox import Group, Settled

NAME = "charley_desk"  # among the extensions of the server
PATIENCE = 60.0  # seconds for one call
LOADING = 300.0  # seconds for the assistant: a busy machine takes minutes
TALKS_SECONDS = 20.0  # talks are read again after, and when asked to
MAX_TRIED = 50  # conversations tried here that are kept in memory
DATA = Path("data")
T = TypeVar("T")


class NotReady(RuntimeError):
    """What was asked for needs the assistant, which is not loaded; the message says why."""


@dataclass(frozen=True)
class Loaded:
    """An assistant with what belongs to its model."""

    assistant: Assistant
    reader: Reader
    knowledge: Knowledge
    stamp: tuple[int, int]


class Desk:
    """All that the tabs ask. Each method may be called from any thread.

    Args:
        root: the project's folder, which is also the current one.
        model: the trained model.
    """

    def __init__(self, root: Path, model: Path) -> None:
        self.root, self.model = root, model
        self.problem = ""  # why there is no assistant, or no newer one
        self._loaded: Loaded | None = None
        self._loading = threading.Lock()
        self._copies = TemporaryDirectory(prefix="charley-page-")
        self._failed: tuple[int, int] | None = None
        self._loop = asyncio.new_event_loop()
        self._data: tuple[Any, Knowledge | None, str] = (None, None, "")
        self._talks: tuple[float, Sequence[Talk]] | None = None
        self._reading = threading.Lock()
        self._tried: OrderedDict[str, None] = OrderedDict()
        self._inbox: Sequence[Group] | None = None
        self.settled: dict[str, tuple[Group, Settled]] = {}  # what was done here with groups of the inbox

    def open(self) -> None:
        """Start the thread in which all of Rasa runs, and begin to load the assistant."""
        threading.Thread(target=self._loop.run_forever, daemon=True, name="rasa").start()
        self.refresh()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = PATIENCE) -> T:
        """Do something in Rasa's thread and wait for it.

        Raises:
            NotReady: if it takes longer than `seconds`.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except TooLong:
            future.cancel()
            raise NotReady(
                f"That took more than {seconds:.0f} seconds and was given up. Try again."
            ) from None

    def import_rasa(self) -> None:
        """In the one thread that runs it: two threads that import it at once would trip over its circles."""
        self.run(_import_rasa(), LOADING)

    @property
    def loaded(self) -> Loaded:
        """The assistant; waits for it while it is being loaded for the first time.

        Raises:
            NotReady: if it can't be loaded.
        """
        if self._loaded is None and self._loading.acquire(timeout=LOADING):
            self._loading.release()
        if self._loaded is None:
            raise NotReady(self.problem or "The assistant is being loaded. Try again in a moment.")
        return self._loaded

    @property
    def is_ready(self) -> bool:
        return self._loaded is not None

    @property
    def is_loading(self) -> bool:
        return self._loading.locked()

    def refresh(self) -> None:
        """Load the assistant, in the background, where there is none yet or its model has been trained anew."""
        stamp = _stamp(self.model)
        if stamp is None:
            self.problem = f"There is no model at {self.model}. Train one with: charley train"
            return
        if self._loaded and stamp == self._loaded.stamp:
            self.problem = ""
            return
        if stamp == self._failed:
            return
        if self._loading.acquire(blocking=False):
            threading.Thread(target=self._load, args=(stamp,), daemon=True, name="loading").start()

    def knowledge(self) -> tuple[Knowledge, str]:
        """What data/ holds now, and what is wrong with it: then what it held last, or what the model knows.

        Raises:
            NotReady: if data/ is broken and nothing good has been read yet.
        """
        files = [path for path in sorted((self.root / DATA).rglob("*")) if path.is_file()]
        stamp = [(path, _stamp(path)) for path in files]
        seen, good, problem = self._data
        if stamp != seen:
            try:
                good, problem = load_knowledge(self.root), ""
            except KnowledgeError as error:
                problem = str(error)
            self._data = (stamp, good, problem)
        if good is None:
            try:
                good = self._loaded.knowledge if self._loaded else read_model(self.model)
            except KnowledgeError as error:
                raise NotReady(f"{problem}\n{error}") from None
        return good, problem

    def talks(self, anew: bool = False) -> Sequence[Talk]:
        """The talks kept, latest first; read again every 20 seconds at most, unless `anew`.

        Raises:
            charley.trainers.talks.StoreProblem: if they can't be read.
        """
        with self._reading:
            if anew or self._talks is None or time.monotonic() - self._talks[0] > TALKS_SECONDS:
                self._talks = (time.monotonic(), self.run(read_talks(), LOADING))
            return self._talks[1]

    def inbox(self, anew: bool = False) -> Sequence[Group]:
        """What waits in the inbox; as it was read last, unless `anew`.

        Raises:
            charley.trainers.talks.StoreProblem, charley.knowledge.KnowledgeError,
            charley.trainers.files.FileProblem: if what it is made of can't be read.
        """
        from charley.trainers.inbox import open_inbox

        if anew or self._inbox is None:
            work = open_inbox(self.loaded.assistant, root=self.root, talks=self.talks(anew))
            self._inbox = self.run(work, LOADING)
        return self._inbox

    def remember(self, conversation: str) -> None:
        """Note a conversation that was tried here; the oldest is forgotten, as all are held in memory."""
        self._tried[conversation] = None
        self._tried.move_to_end(conversation)
        if len(self._tried) > MAX_TRIED:
            oldest, _ = self._tried.popitem(last=False)
            self.run(self.loaded.assistant.erase(oldest))

    def _load(self, stamp: tuple[int, int]) -> None:
        try:
            self._loaded = self._load_copy(stamp)
            self.problem, self._failed = "", None
        except Exception as error:  # whatever it is, the one before goes on
            self._failed = stamp
            told = str(error).splitlines() or [type(error).__name__]
            goes_on = " The one before goes on answering." if self._loaded else ""
            self.problem = f"The model can't be loaded: {told[0].rstrip('.')}.{goes_on} Go back with: charley undo, or train it again."
        finally:
            self._loading.release()

    def _load_copy(self, stamp: tuple[int, int]) -> Loaded:
        """The assistant of a copy of the model: what its actions look up is there whatever becomes of the file."""
        self.import_rasa()
        from charley.rasa.converse import load_assistant

        copy = Path(self._copies.name) / f"{stamp[0]}.tar.gz"
        shutil.copyfile(self.model, copy)
        knowledge, reader = read_model(copy), reader_of(copy)
        before = os.environ.get(MODEL_VARIABLE, str(copy))
        try:
            assistant = load_assistant(copy)  # its talks are held in memory, apart from the people's
            self.run(assistant.check(), LOADING)
        except Exception:
            os.environ[MODEL_VARIABLE] = before
            knowledge_at_hand.cache_clear()
            raise
        return Loaded(assistant, reader, knowledge, stamp)


def desk() -> Desk:
    """The desk of the page that is being asked."""
    return cast(Desk, current_app.extensions[NAME])


async def _import_rasa() -> None:
    from charley.rasa.quiet import be_quiet

    be_quiet()
    import charley.rasa.converse  # noqa: F401


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
