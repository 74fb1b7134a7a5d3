"""The services that a worker uses: whether each is there, and how much waits for it, asked when someone looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from charley.rasa.metrics.registry import REGISTRY

TRACKER_STORE, LOCKS, SOCKETS, EVENTS, ACTION_SERVER = SERVICES = (
    "tracker_store",
    "locks",
    "sockets",
    "events",
    "action_server",
)
LOST = Counter(
    "charley_events_lost",
    "Events that waited for a service for too long.",
    ("service",),
    registry=REGISTRY,
)
for _service in (TRACKER_STORE, EVENTS):
    LOST.labels(_service)


@dataclass(frozen=True)
class _Service:
    is_away: Callable[[], bool]
    waiting: Callable[[], int] | None


_used: dict[str, _Service] = {}


def use(name: str, is_away: Callable[[], bool], waiting: Callable[[], int] | None = None) -> None:
    """From now on tell of a service (one of `SERVICES`).

    Args:
        is_away: whether it did not answer when last asked.
        waiting: how many events wait for it.
    """
    _used[name] = _Service(is_away, waiting)


def states() -> dict[str, str]:
    """Each service that is used: "up" or "away"."""
    return {name: "away" if service.is_away() else "up" for name, service in _used.items()}


class _Services(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily(
            "charley_service_up", "1 if a service answered when last asked.", labels=["service"]
        )
        waiting = GaugeMetricFamily(
            "charley_events_waiting", "Events that wait for a service.", labels=["service"]
        )
        for name, service in _used.items():
            up.add_metric([name], 0 if service.is_away() else 1)
            if service.waiting is not None:
                waiting.add_metric([name], service.waiting())
        yield from (up, waiting)


REGISTRY.register(_Services())
