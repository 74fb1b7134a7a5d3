"""What a million conversations a day would take, calculated from a measured load.

Each assumption is a field of `Assumptions`: change it and run `python -m benchmarks.load.plan`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import mean
from typing import Any

FIGURES = Path("docs/load.json")  # what the pages in docs/ rest on
CHARLEY = "Charley"
DAY = 24 * 3600


@dataclass(frozen=True)
class Assumptions:
    """What is not measured. Prices are examples in euros: put in your own."""

    conversations: int = 1_000_000  # a day
    turns: float = 6  # messages of a person in a conversation
    peak: float = 3  # the busiest minutes to the mean of the day
    busy: float = 0.6  # of a processor's time that may be used at the peak: queues grow long above
    spare: float = 1.34  # machines more than needed, so that a third of them (a zone) may be lost
    days: int = 30  # that conversations are kept
    bloat: float = 1.5  # PostgreSQL's files to their fresh size, after months of deleting
    core_month: float = 20.0  # a core with its memory, up to 4 GB a core
    store_month: float = 400.0  # a managed PostgreSQL of 8 cores with a standby, without its disk
    redis_month: float = 60.0  # a managed Redis with a replica
    rabbit_month: float = 90.0  # a managed RabbitMQ of three nodes
    gigabyte_month: float = 0.15  # of disk
    traffic_gigabyte: float = 0.05  # that leaves


@dataclass(frozen=True)
class Measured:
    """Of one message, on the machine that was measured.

    `worker`, `actions`, `postgres`, `redis`, `rabbit`, `nginx`: seconds of a processor.
    """

    rate: float  # messages a second of one worker that has a core for itself
    worker: float
    actions: float
    postgres: float
    redis: float
    rabbit: float
    nginx: float
    worker_memory: float  # megabytes, resident
    actions_memory: float
    connections: float  # to PostgreSQL, of one worker
    rows: float
    stored: float  # bytes
    commands: float  # of Redis
    events: float
    event: float  # bytes
    received: float  # bytes of the answer


def of(figures: Mapping[str, Any]) -> Measured:
    """The figures of one worker of Charley's."""
    cells = [cell for cell in figures["cells"] if (cell["system"], cell["workers"]) == (CHARLEY, 1)]
    messages = sum(cell["messages"] for cell in cells)

    def each(name: str) -> float:
        return float(sum(cell["processor"][name] for cell in cells) / messages)

    def memory(name: str) -> float:
        return float(mean(process["rss"] for process in figures["memory"][name]))

    stored = figures["stored"][CHARLEY]
    return Measured(
        rate=messages / sum(cell["seconds"] for cell in cells),
        worker=each("workers"),
        actions=each("action servers"),
        postgres=each("PostgreSQL"),
        redis=each("Redis"),
        rabbit=each("RabbitMQ"),
        nginx=each("nginx"),
        worker_memory=memory(CHARLEY),
        actions_memory=memory("action servers"),
        connections=stored["connections"] / len(figures["memory"][CHARLEY]),
        rows=stored["rows"],
        stored=stored["bytes"],
        commands=sum(cell["redis_commands"] for cell in cells) / messages,
        events=stored["events"],
        event=stored["event_bytes"],
        received=sum(cell["received"] for cell in cells) / messages,
    )


def text(one: Measured, given: Assumptions | None = None) -> str:
    """The plan in Markdown."""
    given = given or Assumptions()
    messages = given.conversations * given.turns
    at_peak = messages / DAY * given.peak

    def cores(seconds: float) -> float:
        return at_peak * seconds / given.busy

    workers = ceil(cores(one.worker) * given.spare)
    actions = max(2, ceil(cores(one.actions) * given.spare))
    proxies = max(2, ceil(cores(one.nginx) * given.spare))
    machines = workers + actions + proxies
    disk = messages * one.stored * given.days * given.bloat / 1e9
    traffic = messages * one.received * 30 / 1e9
    money = {
        f"{machines} cores": machines * given.core_month,
        "PostgreSQL": given.store_month,
        "Redis": given.redis_month,
        "RabbitMQ": given.rabbit_month,
        f"{disk:,.0f} GB of disk": disk * given.gigabyte_month,
        f"{traffic:,.0f} GB of traffic": traffic * given.traffic_gigabyte,
    }
    rows = [
        ("one worker, measured", f"{one.rate:.1f} messages a second, {one.worker * 1000:.0f} ms of a core each"),
        ("messages a day", f"{messages:,.0f}"),
        ("messages a second, mean and peak", f"{messages / DAY:.0f} and {at_peak:.0f}"),
        ("Rasa workers, one core each", f"{workers} ({workers * one.worker_memory / 1024:.0f} GB of memory)"),
        ("action servers", f"{actions} ({actions * one.actions_memory / 1024:.1f} GB)"),
        ("nginx", f"{proxies} of one core"),
        ("PostgreSQL: cores at the peak", f"{cores(one.postgres):.1f}"),
        ("PostgreSQL: connections", f"{workers * one.connections:.0f}, {workers * 10} at most"),
        ("PostgreSQL: rows a second at the peak", f"{at_peak * one.rows:,.0f}"),
        ("PostgreSQL: bytes of a message", f"{one.stored:,.0f} in {one.rows:.1f} rows, with indexes"),
        (f"PostgreSQL: disk for {given.days} days", f"{disk:,.0f} GB"),
        ("Redis: commands a second at the peak", f"{at_peak * one.commands:,.0f} ({cores(one.redis):.1f} cores)"),
        ("RabbitMQ: events a second at the peak", f"{at_peak * one.events:,.0f} of {one.event:,.0f} bytes ({cores(one.rabbit):.1f} cores)"),
        ("answers, Mbit a second at the peak", f"{at_peak * one.received * 8 / 1e6:.0f}, uncompressed"),
        *((f"money: {name}", f"{price:,.0f} a month") for name, price in money.items()),
        ("money: all of it", f"{sum(money.values()):,.0f} a month, {sum(money.values()) / (messages * 30 / 1e6):,.1f} for a million messages"),
    ]  # fmt: skip
    return "\n".join(["| | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])


if __name__ == "__main__":
    print(text(of(json.loads(FIGURES.read_text(encoding="utf-8")))))
