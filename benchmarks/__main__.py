"""Measures Charley, stock Rasa and the floor, and writes the table: python -m benchmarks [--again] [--speed]."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks import report, serving, understanding
from benchmarks.systems import WORK, System, systems
from charley.rasa import server, training
from charley.rasa.quiet import be_quiet

ROUNDS = 3  # of timing, in turn, so that a noisy moment of the machine strikes each alike
PORT = 15100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--again",
        action="store_true",
        help="train all three anew; stock Rasa takes half an hour",
    )
    parser.add_argument(
        "--speed",
        action="store_true",
        help="train stock Rasa for two epochs only and measure no more of it than speed and size",
    )
    options = parser.parse_args()
    be_quiet()
    compared = systems(options.again, hasty=options.speed)
    unlearnt = {"stock"} if options.speed else set()
    figures: dict[str, dict[str, float]] = {}
    for system in compared:
        figures[system.name] = {"size": system.model.stat().st_size / 1e6}
        if system.name in unlearnt:
            continue
        print(f"{system.name}: what it understands …", flush=True)
        figures[system.name] |= {
            "training": system.trained.seconds,
            "training_processor": system.trained.processor,
            "training_peak": system.trained.peak,
            **understanding.measure(system.model),
        }
        _show(figures[system.name])
    with ExitStack() as stack:
        ports = itertools.count(PORT)
        serve = {}
        for system in compared:
            port, began = next(ports), time.monotonic()
            children = stack.enter_context(_running(system, port, next(ports)))
            figures[system.name]["start"] = time.monotonic() - began
            serve[system.name] = port
            rasa = next(child for child in children if child.name == "Rasa")
            memory = asyncio.run(serving.memory_at_rest(port, rasa.process.pid))
            figures[system.name]["memory"] = memory
        for name, port in serve.items():
            if name not in unlearnt:
                print(f"{name}: what it answers …", flush=True)
                figures[name] |= asyncio.run(serving.answers(port))
            figures[name]["growth"] = asyncio.run(serving.growth(port))
            _show(figures[name])
        for senders in serving.SENDERS:
            _time(senders, serve, figures)
    (WORK / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    text = report.table(figures)
    report.write(text)
    print(text)


def _running(system: System, port: int, action_port: int):  # type: ignore[no-untyped-def]
    return server.running(
        system.model, port, action_port, system.endpoints, system.credentials, knowledge=training.MODEL
    )


def _time(senders: int, serve: dict[str, int], figures: dict[str, dict[str, float]]) -> None:
    """Time all systems in turn, some rounds; the median round of each counts."""
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in serve}
    for number in range(ROUNDS):
        print(f"{senders} sender(s), round {number + 1} of {ROUNDS} …", flush=True)
        for name, port in serve.items():
            taken, rate = asyncio.run(serving.times(port, senders))
            rounds[name].append(
                {
                    f"p50_{senders}": statistics.median(taken),
                    f"p95_{senders}": statistics.quantiles(taken, n=20)[18],
                    f"rate_{senders}": rate,
                }
            )
    for name, found in rounds.items():
        figures[name] |= {key: _median([each[key] for each in found]) for key in found[0]}
        _show(figures[name])


def _median(values: Sequence[float]) -> float:
    return float(statistics.median(values))


def _show(figures: dict[str, float]) -> None:
    print("  " + ", ".join(f"{key} {value:.3g}" for key, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
