"""The load as a table, and its figures in docs/."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from benchmarks.load import plan
from benchmarks.load.deployment import CHARLEY, STOCK

PAGES = {"load": Path("docs/benchmarks.md"), "plan": Path("docs/scaling.md")}


def table(figures: Mapping[str, Any]) -> str:
    """Messages a second, latencies, and what of the processors each part took, in Markdown."""
    lines = [
        _when(figures),
        "",
        "| workers | | messages a second | p50 | p95 | p99 | failed | processor time of a message: worker, all else but the client | client's share |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for workers, found in figures["summary"].items():
        for name, each in found.items():
            lines.append(
                f"| {workers} | {name} | {each['rate']:.1f} | {each['p50'] * 1000:,.0f} ms | {each['p95'] * 1000:,.0f} ms "
                f"| {each['p99'] * 1000:,.0f} ms | {each['failed']:.0f} | {each['workers'] * 1000:.0f} ms, "
                f"{each['others'] * 1000:.0f} ms | {each['client'] * 100:.0f} % |"
            )
        ours, theirs = found.get(CHARLEY), found.get(STOCK)
        if ours and theirs:
            ratios = (f"{ours[key] / theirs[key]:.2f}" for key in ("rate", "p50", "p95", "p99"))
            lines.append(f"| {workers} | ratio | {' | '.join(ratios)} | | | |")
    lines += ["", _memory(figures)]
    return "\n".join(lines)


def summary(cells: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """All rounds of a measurement as one, by the number of workers and the system."""
    by_workers: dict[str, dict[str, dict[str, float]]] = {}
    for workers, name in sorted({(cell["workers"], cell["system"]) for cell in cells}):
        same = [cell for cell in cells if (cell["workers"], cell["system"]) == (workers, name)]
        by_workers.setdefault(str(workers), {})[name] = _summary(same)
    return by_workers


def _summary(cells: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Rounds of the same measurement as one.

    Returns:
        `rate` in messages a second; `p50`, `p95`, `p99`, and the processor time of a message in the
        `workers` and in the `others` but the client, in seconds; the `client`'s share of all; how many `failed`.
    """
    latencies = [each for cell in cells for each in cell["latencies"]]
    spent = {part: sum(cell["processor"][part] for cell in cells) for part in cells[0]["processor"]}
    at = quantiles(latencies, n=100)
    others = sum(spent.values()) - spent["workers"] - spent["client"]
    return {
        "rate": len(latencies) / sum(cell["seconds"] for cell in cells),
        "p50": at[49],
        "p95": at[94],
        "p99": at[98],
        "failed": sum(cell["failed"] for cell in cells),
        "workers": spent["workers"] / len(latencies),
        "others": others / len(latencies),
        "client": spent["client"] / sum(spent.values()),
    }


def document(figures: Mapping[str, Any]) -> None:
    """Put the figures, and what follows from them, into docs/."""
    kept = {**figures, "cells": [_short(cell) for cell in figures["cells"]]}
    plan.FIGURES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for name, text in blocks(kept).items():
        _write(PAGES[name], name, text)


def blocks(figures: Mapping[str, Any]) -> dict[str, str]:
    """What stands on the pages, by the name of its place."""
    return {"load": table(figures), "plan": plan.text(plan.of(figures))}


def written(name: str) -> str:
    """What stands on the page now."""
    begin, end = _marks(name)
    return PAGES[name].read_text(encoding="utf-8").partition(begin)[2].partition(end)[0].strip()


def _write(page: Path, name: str, text: str) -> None:
    """Put a text between its two marks on a page."""
    begin, end = _marks(name)
    block = f"{begin}\n{text}\n{end}"
    old = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: block, old, flags=re.DOTALL), "utf-8"
    )


def _marks(name: str) -> tuple[str, str]:
    """What stands before and after the text of this name."""
    return f"<!-- {name}: written by `make load LOAD=--document` -->", f"<!-- end of {name} -->"


def _short(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell without each single latency."""
    kept = {key: value for key, value in cell.items() if key != "latencies"}
    return {**kept, "messages": len(cell["latencies"])}


def _when(figures: Mapping[str, Any]) -> str:
    return (
        f"Measured on {figures['when']}, {figures['cores']} cores for everything, Python {figures['python']}, "
        f"{figures['senders']} senders who never pause, both in turn in one run."
    )


def _memory(figures: Mapping[str, Any]) -> str:
    shown = (
        f"{_each(name)} {mean(each['rss'] for each in measured):,.0f} MB "
        f"({mean(each['pss'] for each in measured):,.0f} MB)"
        for name, measured in figures["memory"].items()
    )
    return f"Memory after that, resident (what is shared with the others shared out): {', '.join(shown)}."


def _each(name: str) -> str:
    return "an action server" if name == "action servers" else f"a worker of {name}"
