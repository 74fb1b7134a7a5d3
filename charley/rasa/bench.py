"""Measures the assistant on this machine: training, start-up, memory, time for each message."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import aiohttp

from charley.rasa import server, training

PORT, ACTION_PORT = 15005, 15055
WARM_UP = 10
PER_SENDER = 30
QUESTIONS = (
    "which foods have magnesium?",
    "how do i stop a cramp right now",
    "and potassium?",
    "can statins cause leg cramps",
    "what is the weather tomorrow",
    "source?",
)


def run() -> None:
    """Print the figures, one a line."""
    print("Training from nothing …", flush=True)
    seconds, peak = training_cost()
    print(f"training time           {seconds:7.1f} s, peak memory {peak:.0f} MB", flush=True)
    started = time.monotonic()
    with server.running(training.MODEL, PORT, ACTION_PORT) as children:
        print(
            f"start-up time           {time.monotonic() - started:7.1f} s (both servers answer)", flush=True
        )
        asyncio.run(_ask(1, WARM_UP))
        for senders in (1, 8):
            began = time.monotonic()
            times = asyncio.run(_ask(senders, PER_SENDER))
            rate = len(times) / (time.monotonic() - began)
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
            print(
                f"{senders} concurrent sender(s)  p50 {p50:6.1f} ms, p95 {p95:6.1f} ms, {rate:5.1f} messages/s"
            )
        for child in children:
            print(f"memory of {child.name:13s} {memory(child.process.pid):7.0f} MB resident")
    print(f"model                   {training.MODEL.stat().st_size / 1e6:7.1f} MB")


def training_cost() -> tuple[float, float]:
    """Seconds and peak megabytes of a training with an empty cache, in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "charley"
        shutil.copytree(Path(), copy, ignore=shutil.ignore_patterns(".*", "models", "var", "__pycache__"))
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "charley", "train", "--force", "--no-measure"],
            cwd=copy,
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(copy)},
        )
        seconds = time.monotonic() - began
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes there, kilobytes here
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6


async def _ask(senders: int, messages: int) -> Sequence[float]:
    """Milliseconds for each message, `messages` from each of so many senders at once."""
    async with aiohttp.ClientSession() as session:

        async def talk() -> list[float]:
            sender, times = uuid4().hex, []
            for number in range(messages):
                body = {"sender": sender, "message": QUESTIONS[number % len(QUESTIONS)]}
                began = time.perf_counter()
                async with session.post(
                    f"http://{server.HOST}:{PORT}/webhooks/rest/webhook", json=body
                ) as reply:
                    reply.raise_for_status()
                    await reply.json()
                times.append((time.perf_counter() - began) * 1000)
            return times

        return [t for times in await asyncio.gather(*(talk() for _ in range(senders))) for t in times]


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    kilobytes = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, text=True
    )
    return int(kilobytes.stdout) / 1024
