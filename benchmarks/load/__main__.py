"""Messages a second over nginx, PostgreSQL, Redis, RabbitMQ and two action servers: python -m benchmarks.load.

Charley and stock Rasa take turns in one run, for the machine is never equally quiet. Writes var/load.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import redis

from benchmarks.load import report, stock
from benchmarks.load.deployment import Deployment, Side, deployment
from benchmarks.load.stored import stored
from benchmarks.load.talks import Heard, talk
from benchmarks.load.usage import memory, processor
from charley.rasa import training

SENDERS = 16
WARM_UP = 4.0  # seconds before each measurement
WORKERS = (1, 2, 4)
ROUNDS = 2
RESULT = Path("var/load.json")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement (20)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of all measurements ({ROUNDS})")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=WORKERS, help="how many Rasa workers (1 2 4)"
    )
    parser.add_argument("--senders", type=int, default=SENDERS, help=f"who talk at once ({SENDERS})")
    parser.add_argument("--alone", action="store_true", help="without stock Rasa")
    parser.add_argument(
        "--document", action="store_true", help="put the figures into docs/ too (scaling.md, benchmarks.md)"
    )
    options = parser.parse_args()
    beside = None if options.alone else stock.model()
    with (
        tempfile.TemporaryDirectory(prefix="charley-load-") as home,
        deployment(Path(home), training.MODEL, beside, max(options.workers), _tell) as running,
    ):
        figures = _measured(running, options)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(report.table(figures))
    print(f"\nWrote {RESULT}.")
    if options.document:
        report.document(figures)


def _measured(running: Deployment, options: argparse.Namespace) -> dict[str, Any]:
    cells = []
    todo = list(_in_turn(running.sides, options.workers, options.rounds))
    for number, (side, workers) in enumerate(todo):
        _tell(f"{number + 1} of {len(todo)}: {side.name}, {workers} worker(s) …")
        side.use(workers)
        asyncio.run(talk(side.nginx.url, options.senders, WARM_UP, Heard(), seed=-1 - number))
        cells.append(_cell(running, side, workers, options, seed=number // len(running.sides)))
    return {
        "when": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "senders": options.senders,
        "cells": cells,
        "summary": report.summary(cells),
        "memory": {
            **{side.name: [memory(worker.pid) for worker in side.workers] for side in running.sides},
            "action servers": [memory(server.pid) for server in running.actions],
        },
        "stored": {side.name: stored(running, side) for side in running.sides},
    }


def _in_turn(sides: Sequence[Side], workers: Sequence[int], rounds: int) -> Iterator[tuple[Side, int]]:
    """Each number of workers with both sides one after the other; who goes first changes from round to round."""
    for number in range(rounds):
        for count in workers:
            for side in sides if number % 2 == 0 else reversed(sides):
                yield side, count


def _cell(
    running: Deployment, side: Side, workers: int, options: argparse.Namespace, seed: int
) -> dict[str, Any]:
    """One measurement; the same talks for both sides."""
    heard, parts = Heard(), running.parts(side)
    commands = _commands(running)
    taken, own = {name: processor(pids) for name, pids in parts.items()}, time.process_time()
    began = time.monotonic()
    asyncio.run(talk(side.nginx.url, options.senders, options.seconds, heard, seed))
    seconds = time.monotonic() - began
    spent = {name: processor(pids) - taken[name] for name, pids in parts.items()}
    spent["client"] = time.process_time() - own  # ourselves, without the servers that we started
    _tell(f"    {len(heard.seconds) / seconds:.1f} messages a second, {heard.failed} failed")
    return {
        "system": side.name,
        "workers": workers,
        "seconds": seconds,
        "latencies": [round(each, 4) for each in heard.seconds],
        "failed": heard.failed,
        "sent": heard.sent,
        "received": heard.received,
        "processor": spent,
        "redis_commands": _commands(running) - commands,
    }


def _commands(running: Deployment) -> int:
    """How many commands Redis has taken."""
    client = redis.Redis(port=running.stores.redis.port)
    return int(client.info("stats")["total_commands_processed"])


def _tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
