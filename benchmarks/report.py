"""The table in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Mapping
from pathlib import Path

PAGE = Path("docs/benchmarks.md")
BEGIN, END = "<!-- bench-nlu: written by `make bench-nlu` -->", "<!-- end of bench-nlu -->"
PERCENT, MILLISECONDS, RATE, SECONDS, MEGABYTES, RATIO = "%", "ms", "/s", "s", "MB", "x"
# What stands in a row: its words, its unit, and how far Charley may be from stock, as the issue asked.
ROWS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("intent accuracy", PERCENT),
    "macro_f1": ("intent macro-F1", PERCENT),
    "typo_accuracy": ("intent accuracy, typos in 30 % of words", PERCENT),
    "entity_f1": ("subjects named, F1", PERCENT),
    "auroc": ("in scope or not, AUROC", PERCENT),
    "answered": ("questions answered with a right fact", PERCENT),
    "answered_typos": ("the same with typos", PERCENT),
    "answered_follow_ups": ("follow-ups answered with a right fact", PERCENT),
    "in_scope_declined": ("questions declined or not understood", PERCENT),
    "general_declined": ("general messages declined", PERCENT),
    "health_declined": ("other health messages declined", PERCENT),
    "p50_1": ("1 sender, p50", MILLISECONDS),
    "p95_1": ("1 sender, p95", MILLISECONDS),
    "rate_1": ("1 sender, messages", RATE),
    "p50_8": ("8 senders, p50", MILLISECONDS),
    "p95_8": ("8 senders, p95", MILLISECONDS),
    "rate_8": ("8 senders, messages", RATE),
    "p50_32": ("32 senders, p50", MILLISECONDS),
    "p95_32": ("32 senders, p95", MILLISECONDS),
    "rate_32": ("32 senders, messages", RATE),
    "growth": ("30th turn of a talk to its 3rd", RATIO),
    "training": ("training from nothing, by the clock", SECONDS),
    "training_processor": ("training from nothing, processor time", SECONDS),
    "training_peak": ("training, peak memory", MEGABYTES),
    "start": ("start-up, both servers", SECONDS),
    "memory": ("Rasa at rest after 60 messages", MEGABYTES),
    "size": ("model file", MEGABYTES),
}


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """A Markdown table of each system's figures, by name, and Charley's ratios to the others."""
    lines = [
        "| | Charley | stock Rasa | floor | to stock | to floor |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for key, (words, unit) in ROWS.items():
        values = [figures[name].get(key) for name in ("Charley", "stock", "floor")]
        ratios = [_ratio(values[0], other) for other in values[1:]]
        lines.append(f"| {words} | {' | '.join(_shown(v, unit) for v in values)} | {' | '.join(ratios)} |")
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the table into the page, between its two marks."""
    page = PAGE.read_text(encoding="utf-8")
    when = f"Measured on {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}."
    block = f"{BEGIN}\n{when}\n\n{text}\n{END}"
    if BEGIN in page:
        page = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, page, flags=re.DOTALL)
    else:
        page = f"{page.rstrip()}\n\n{block}\n"
    PAGE.write_text(page, encoding="utf-8")


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == PERCENT:
        return f"{value * 100:.1f} %"
    return (
        f"{value:.2f} {unit}"
        if unit == RATIO
        else f"{value:.1f} {unit}"
        if value < 1000
        else f"{value:,.0f} {unit}"
    )


def _ratio(value: float | None, other: float | None) -> str:
    return f"{value / other:.2f}" if value is not None and other else "-"
