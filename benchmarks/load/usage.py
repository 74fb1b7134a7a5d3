"""What processes, and all that they started, take of the machine; from /proc, so on Linux alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")  # a second


def processor(pids: Iterable[int]) -> float:
    """Seconds of processor time that these and their descendants, as far as they still run, have taken."""
    parents, seconds = {}, {}
    for pid, fields in _running():
        parents[pid] = int(fields[1])
        seconds[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    counted = set(pids)
    grown = True
    while grown:
        grown = False
        for pid, parent in parents.items():
            if parent in counted and pid not in counted:
                counted.add(pid)
                grown = True
    return sum(seconds.get(pid, 0.0) for pid in counted)


def memory(pid: int) -> dict[str, float]:
    """Megabytes of one process: `rss`, all that it has in memory; `pss`, what it shares with others shared out among them."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    sizes = {line.split()[0]: int(line.split()[1]) / 1024 for line in lines}
    return {"rss": sizes["Rss:"], "pss": sizes["Pss:"]}


def _running() -> Iterator[tuple[int, list[str]]]:
    """The id of each process, and the fields of its `stat` from the state on."""
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):  # it has ended
                yield int(folder.name), (folder / "stat").read_text().rpartition(") ")[2].split()
