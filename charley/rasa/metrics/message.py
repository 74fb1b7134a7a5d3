"""One message of a person on its way: where its time goes and what becomes of it, counted once, at the end.

A channel opens it (`taking`); whatever works on the message below finds it by the context of its task
(`current`), so that nothing has to be handed through Rasa. Work that no message is behind (training, a probe, a
look into a talk) counts nowhere.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from time import perf_counter
from typing import Any, TypeVar, cast

from charley.answers.reply import Kind
from charley.care.levels import CareLevel
from charley.rasa import logs
from charley.rasa.metrics import registry

F = TypeVar("F", bound=Callable[..., Any])
NO_FACT = "utter_no_fact"
NOT_READ = "utter_care_unread"


class Message:
    """What is counted of one message. Nothing of its words, or of who sent it, is held here."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.level: CareLevel | None = None  # of the care reply, if there is one
        self._started = perf_counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._kinds: set[str] = set()
        self._outcome: str | None = None
        self._is_open = True

    def said(self, reply: Mapping[str, Any]) -> None:
        """Charley says something to it: a bot message as Rasa hands it to an output channel."""
        if not self._is_open:
            return
        metadata = reply.get("metadata") or {}
        self._outcome = self._outcome or registry.ANSWERED
        kind, response = metadata.get("kind"), reply.get("utter_action")
        if kind not in registry.KINDS:
            return
        self._kinds.add(kind)
        if kind == Kind.CARE.value:
            level = metadata.get("care_level")
            self.cares(CareLevel(level) if level in registry.LEVELS else CareLevel.NONE)
        if response == NOT_READ:
            self.unread()
        # What an action declines in words of its own is near Charley's matter; the other responses decline the rest.
        if kind == Kind.DECLINE.value and response in (None, NO_FACT):
            registry.UNANSWERED.inc()

    def cares(self, level: CareLevel, rescued: bool = False) -> None:
        """It gets a care reply; `rescued`: from the channel's own guard, where the turn gave none."""
        if not self._is_open:
            return
        self.level = max(level, self.level or level)
        self._kinds.add(Kind.CARE.value)
        if rescued:
            registry.CARE_RESCUED.inc()

    def unread(self) -> None:
        """A guard could not read it."""
        if self._is_open:
            registry.UNREAD.inc()

    def pressed(self) -> None:
        """It was a button."""
        if self._is_open:
            registry.BUTTONS.labels(self.channel).inc()

    def turned_away(self, why: str) -> None:
        """It is not taken (one of `registry.WHY_TURNED_AWAY`)."""
        if self._is_open:
            self._outcome = registry.REPEATED if why == registry.REPEATED else registry.REFUSED
            registry.TURNED_AWAY.labels(self.channel, why).inc()

    def failed(self) -> None:
        """It gets no answer, or not all of it."""
        self._outcome = registry.FAILED

    def spent(self, stage: str, seconds: float) -> None:
        """So long was it in a stage; what ends after its replies went out is counted by itself."""
        if self._is_open:
            self._seconds[stage] += seconds
        else:
            registry.STAGE_SECONDS.labels(stage).observe(seconds)

    def close(self) -> None:
        """Count it: its replies are there, or nobody waits for them any more."""
        seconds = perf_counter() - self._started
        self._is_open = False
        outcome = self._outcome or (registry.AHEAD if self.level is not None else registry.LOST)
        registry.MESSAGES.labels(self.channel, outcome).inc()
        registry.TURN_SECONDS.labels(self.channel).observe(seconds)
        if self.level is not None:
            registry.CARE_SECONDS.labels(self.level.value).observe(seconds)
        for kind in self._kinds:
            registry.REPLIES.labels(kind).inc()
        for stage, spent in self._seconds.items():
            registry.STAGE_SECONDS.labels(stage).observe(spent)


class _Nothing(Message):
    """Stands where no message is: counts nothing."""

    def __init__(self) -> None:
        super().__init__("")
        self._is_open = False

    def failed(self) -> None:
        """Nothing."""

    def spent(self, stage: str, seconds: float) -> None:
        """Nothing."""


_NOTHING = _Nothing()
_current: ContextVar[Message] = ContextVar("message", default=_NOTHING)
_inner: ContextVar[list[float]] = ContextVar("inner")  # seconds that stages within this one took


def current() -> Message:
    """The message that is worked on here."""
    return _current.get()


@contextmanager
def taking(channel: str) -> Iterator[Message]:
    """Whatever is done meanwhile, also in tasks made here, is done for one message of this channel."""
    message = Message(channel)
    token, named = _current.set(message), logs.CHANNEL.set(channel)
    try:
        yield message
    except Exception:
        message.failed()
        raise
    finally:
        logs.CHANNEL.reset(named)
        _current.reset(token)
        message.close()


@contextmanager
def stage(name: str) -> Iterator[None]:
    """What is done meanwhile belongs to this stage, but for stages within it."""
    message = _current.get()
    if message is _NOTHING:
        yield
        return
    around, within = _inner.get(None), [0.0]
    token, started = _inner.set(within), perf_counter()
    try:
        yield
    finally:
        seconds = perf_counter() - started
        _inner.reset(token)
        message.spent(name, seconds - within[0])
        if around is not None:
            around[0] += seconds


def timed(name: str) -> Callable[[F], F]:
    """Has a function, or a coroutine function, belong to a stage."""

    def wrap(work: F) -> F:
        @wraps(work)
        async def later(*args: Any, **options: Any) -> Any:
            with stage(name):
                return await work(*args, **options)

        @wraps(work)
        def now(*args: Any, **options: Any) -> Any:
            with stage(name):
                return work(*args, **options)

        return cast(F, later if inspect.iscoroutinefunction(work) else now)

    return wrap


def channel_of(sender: str) -> str:
    """The channel that a sender's pseudonym begins with (charley.rasa.secret)."""
    channel = sender.partition("-")[0]
    return channel if channel in registry.CHANNELS else registry.CHANNELS[0]
