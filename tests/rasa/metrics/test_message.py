"""One message's record: where its time goes, also over tasks, and that it ends with the reply."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from charley.rasa.metrics import registry
from charley.rasa.metrics.message import current, stage, taking, timed

NAMES = ("charley_messages_total", "charley_stage_seconds_sum", "charley_stage_seconds_count")


def value(name: str, **labels: str) -> float:
    return registry.REGISTRY.get_sample_value(name, labels) or 0.0


class Since:
    """How far counts have risen since it was made."""

    def __init__(self) -> None:
        self._before: dict[Any, float] = {}
        for metric in registry.REGISTRY.collect():
            for sample in metric.samples:
                self._before[sample.name, frozenset(sample.labels.items())] = sample.value

    def of(self, name: str, **labels: str) -> float:
        return value(name, **labels) - self._before.get((name, frozenset(labels.items())), 0.0)


def test_time_in_a_stage_within_another_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    since, clock = Since(), iter([0, 1, 3, 7, 8, 10])  # taken, in, in, out, out, done
    monkeypatch.setattr("charley.rasa.metrics.message.perf_counter", lambda: next(clock))
    with taking("rest"), stage("admission"), stage("storing"):
        pass
    assert since.of("charley_stage_seconds_sum", stage="storing") == 7 - 3
    assert since.of("charley_stage_seconds_sum", stage="admission") == (8 - 1) - (7 - 3)
    assert since.of("charley_turn_seconds_sum", channel="rest") == 10


async def test_work_in_tasks_of_the_message_is_the_messages() -> None:
    since = Since()

    @timed("actions")
    async def work() -> None:
        await asyncio.sleep(0)

    with taking("rest"):
        await asyncio.gather(*(asyncio.create_task(work()) for _ in range(3)))
    await work()
    assert since.of("charley_stage_seconds_count", stage="actions") == 1


async def test_two_messages_at_once_keep_apart() -> None:
    since = Since()

    async def one(channel: str, kind: str) -> None:
        with taking(channel):
            await asyncio.sleep(0)
            current().said({"metadata": {"kind": kind}})
            await asyncio.sleep(0)

    await asyncio.gather(one("rest", "answer"), one("widget", "fallback"))
    for channel in ("rest", "widget"):
        assert since.of("charley_messages_total", channel=channel, outcome="answered") == 1
    for kind in ("answer", "fallback"):
        assert since.of("charley_replies_total", kind=kind) == 1


async def test_who_hangs_up_is_lost_and_what_is_said_later_is_not_counted() -> None:
    since = Since()

    async def later() -> None:
        await asyncio.sleep(0)
        current().said({"metadata": {"kind": "answer"}})

    with taking("rest"):
        task = asyncio.create_task(later())
    await task
    assert since.of("charley_messages_total", channel="rest", outcome="lost") == 1
    assert since.of("charley_replies_total", kind="answer") == 0


def test_a_message_that_breaks_its_channel_has_failed() -> None:
    since = Since()
    with pytest.raises(RuntimeError), taking("rest"):
        raise RuntimeError
    assert since.of("charley_messages_total", channel="rest", outcome="failed") == 1


async def test_a_stage_that_outlives_its_turn_is_told_when_it_ends() -> None:
    since, go = Since(), asyncio.Event()

    @timed("actions")
    async def hang() -> None:
        await go.wait()

    with taking("rest"):
        task = asyncio.create_task(hang())
        await asyncio.sleep(0)
    assert since.of("charley_stage_seconds_count", stage="actions") == 0
    go.set()
    await task
    assert since.of("charley_stage_seconds_count", stage="actions") == 1


def test_outside_of_a_message_nothing_is_counted() -> None:
    since = Since()
    with stage("reading"):
        current().said(
            {"metadata": {"kind": "care", "care_level": "emergency"}, "utter_action": "utter_care_unread"}
        )
        current().turned_away("empty")
        current().failed()
    assert not any(
        since.of(name, **labels)
        for name, labels in (
            ("charley_stage_seconds_count", {"stage": "reading"}),
            ("charley_replies_total", {"kind": "care"}),
            ("charley_turned_away_total", {"channel": "rest", "why": "empty"}),
            ("charley_unread_total", {}),
        )
    )


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"kind": "magnesium"}, {"kind": ["care"]}, {"kind": "care", "care_level": "magnesium"}],
    ids=str,
)
def test_what_no_reply_should_hold_is_no_label_and_breaks_no_turn(metadata: object) -> None:
    with taking("rest"):
        current().said({"metadata": metadata})
    told = {
        label for metric in registry.REGISTRY.collect() for s in metric.samples for label in s.labels.values()
    }
    assert "magnesium" not in told


def test_counting_a_message_takes_less_than_half_a_millisecond() -> None:
    """A turn takes some fifteen milliseconds: see docs/monitoring.md."""

    @timed("reading")
    def work() -> None:
        pass

    began, turns = time.process_time(), 500
    for _ in range(turns):
        with taking("rest"):
            for _ in range(15):
                work()
            current().said({"metadata": {"kind": "answer"}})
    assert (time.process_time() - began) / turns < 0.0005
