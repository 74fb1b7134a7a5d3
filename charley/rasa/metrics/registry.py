"""All that is counted, for Prometheus: how much, how fast and what became of it; never what was said, or by whom.

Every label has a closed set of values, and all of them are there from the start, so that the first time that
something happens is a rise too. docs/monitoring.md tells what each metric means.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from charley.admission import Refusal
from charley.answers.reply import Kind
from charley.care.levels import CareLevel

PLATFORMS = (
    "callback",
    "google_chat",
    "mattermost",
    "messenger",
    "rocketchat",
    "slack",
    "telegram",
    "twilio",
    "webex",
)
CHANNELS = ("rest", "widget", *PLATFORMS)
ANSWERED, AHEAD, REFUSED, REPEATED, FAILED, LOST = (
    "answered",
    "ahead",  # with the care reply alone, for the turn was held up
    "refused",
    "repeated",
    "failed",  # no answer, or not all of it
    "lost",  # who sent it hung up
)
OUTCOMES = (ANSWERED, AHEAD, REFUSED, REPEATED, FAILED, LOST)
BUSY = "busy"
WHY_TURNED_AWAY = (*(refusal.value for refusal in Refusal), BUSY)
ADMISSION, WAITING, READING, DECIDING, ACTIONS, STORING, SENDING = STAGES = (
    "admission",
    "waiting",
    "reading",
    "deciding",
    "actions",
    "storing",
    "sending",
)
TOO_LARGE, WRONG_TYPE, NOT_ALLOWED, UNREADABLE, NOT_FETCHED, NOT_FORMED, NOT_SENT, BROKEN = ERRORS = (
    "too_large",
    "wrong_type",
    "not_allowed",  # no signature or token, or a wrong one
    "unreadable",
    "not_fetched",  # a message that a platform told of, from that platform
    "not_formed",  # a reply, into what the platform takes
    "not_sent",  # a call that the platform did not take, after three tries
    "broken",  # something of our own failed
)
BY_STATUS = {400: UNREADABLE, 401: NOT_ALLOWED, 403: NOT_ALLOWED, 413: TOO_LARGE, 415: WRONG_TYPE}
KINDS = tuple(kind.value for kind in Kind)
LEVELS = tuple(level.value for level in CareLevel)

TURN_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 7.5, 10)  # seconds; 5 is promised
STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

disable_created_metrics()  # when each count began: as many lines again, which nothing reads
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)


def _made(kind: Any, name: str, tells: str, *values: tuple[str, ...], **options: Any) -> Any:
    """A metric whose labels (`names=`) take these values, each combination made now."""
    metric = kind(f"charley_{name}", tells, registry=REGISTRY, **options)
    for each in product(*values) if values else ():
        metric.labels(*each)
    return metric


MESSAGES: Counter = _made(
    Counter,
    "messages",
    "Messages of people, by channel and what became of them.",
    CHANNELS,
    OUTCOMES,
    labelnames=("channel", "outcome"),
)
TURN_SECONDS: Histogram = _made(
    Histogram,
    "turn_seconds",
    "From a message's arrival until its replies are there, sending left out.",
    CHANNELS,
    labelnames=("channel",),
    buckets=TURN_BUCKETS,
)
STAGE_SECONDS: Histogram = _made(
    Histogram,
    "stage_seconds",
    "Time that a message spent in one stage; what the stages leave of a turn is Rasa's own work between them.",
    STAGES,
    labelnames=("stage",),
    buckets=STAGE_BUCKETS,
)
REPLIES: Counter = _made(
    Counter,
    "replies",
    "Messages that got a reply of this kind, each once.",
    KINDS,
    labelnames=("kind",),
)
UNANSWERED: Counter = _made(
    Counter, "unanswered", "Questions on Charley's matter, or near it, on which it has no fact."
)
CARE_SECONDS: Histogram = _made(
    Histogram,
    "care_seconds",
    "From a message's arrival until its care reply is there, by the level in force.",
    LEVELS,
    labelnames=("level",),
    buckets=TURN_BUCKETS,
)
CARE_RESCUED: Counter = _made(
    Counter,
    "care_rescued",
    "Messages whose care reply came from the channel's own guard, because the turn had failed or said none.",
)
UNREAD: Counter = _made(Counter, "unread", "Messages that a care guard could not read.")
BUTTONS: Counter = _made(
    Counter, "button_presses", "Quick replies that were pressed.", CHANNELS, labelnames=("channel",)
)
TURNED_AWAY: Counter = _made(
    Counter,
    "turned_away",
    "Messages that were not taken, by channel and reason.",
    CHANNELS,
    WHY_TURNED_AWAY,
    labelnames=("channel", "why"),
)
CHANNEL_ERRORS: Counter = _made(
    Counter,
    "channel_errors",
    "Requests and calls that failed, by channel and kind.",
    CHANNELS,
    ERRORS,
    labelnames=("channel", "kind"),
)
ACTION_CALLS: Counter = _made(
    Counter,
    "action_calls",
    "Calls to an action server.",
    ("ok", "failed"),
    labelnames=("outcome",),
)
GUARD: Gauge = _made(Gauge, "guard_works", "1 if the care guard read a known danger as one when last tried.")
READY: Gauge = _made(Gauge, "ready", "1 if this worker takes messages.")
MODEL: Gauge = _made(
    Gauge, "model_info", "1; the label names the model, by what it was made from.", labelnames=("model",)
)
MODEL_TRAINED: Gauge = _made(
    Gauge, "model_trained_timestamp_seconds", "When the model was trained, in seconds since 1970; 0: unknown."
)
TURNS_WAITING: Gauge = _made(Gauge, "turns_waiting", "Turns that are worked on or wait.")
SOCKETS: Gauge = _made(Gauge, "sockets_open", "Sockets of the widget.")
SESSIONS: Gauge = _made(Gauge, "sessions_open", "Sessions of the widget that have a socket.")


def turned_away(channel: str, why: str) -> None:
    """Count a message that a channel does not even hand on (one of `WHY_TURNED_AWAY`)."""
    MESSAGES.labels(channel, REFUSED).inc()
    TURNED_AWAY.labels(channel, why).inc()


def channel_error(channel: str, kind: str) -> None:
    """Count a failure of a channel (one of `ERRORS`)."""
    CHANNEL_ERRORS.labels(channel, kind).inc()


def by_status(channel: str, status: int) -> None:
    """Count a request that is answered with an error."""
    if status in BY_STATUS:
        channel_error(channel, BY_STATUS[status])


def sending() -> Any:
    """Measures what stands in a `with` as the sending of replies."""
    return STAGE_SECONDS.labels(SENDING).time()
