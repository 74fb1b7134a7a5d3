"""Tells the coverage as text: a table, what is missing, Markdown, JSON; and writes the picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from charley.trainers.coverage.measure import COLUMNS, Coverage, Item, Part
from charley.trainers.coverage.picture import picture

WRITTEN = Path("var")  # made anew whenever asked for, so not under version control
HEADS = ("", "all", "tested", *COLUMNS, "walked")
NOTES = (
    "tested: has a test of its own. Of these, some are looked at by test dialogues, by talks (tests/stories),",
    "by messages held out or for development, or are named in the code of a test. walked: said or run by a",
    "test that walks through everything.",
)


def told(coverage: Coverage, missing: bool = False, as_json: bool = False) -> str:
    """The coverage as the command prints it: a table, or what is missing, or JSON."""
    if as_json:
        return json_of(coverage)
    return "\n".join(without_tests(coverage)) if missing else table(coverage)


def table(coverage: Coverage) -> str:
    """A line for each sort, for the terminal."""
    lines = [HEADS, *(_cells(part) for part in coverage.parts)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADS))]
    told = ("  ".join(_padded(line, widths)).rstrip() for line in lines)
    return "\n".join([*told, "", *NOTES])


def without_tests(coverage: Coverage) -> Iterator[str]:
    """What has no test of its own, sort by sort; what nothing at all looks at is marked."""
    for part in coverage.parts:
        if part.missing:
            yield f"{part.name}: {len(part.missing)} of {len(part.items)} have no test of their own"
            yield from (f"  {item.id}  ({item.where}){_mark(item)}" for item in part.missing)
    if not any(part.missing for part in coverage.parts):
        yield "Everything has a test of its own."


def markdown(coverage: Coverage) -> str:
    """The table and the list of what is missing, for a page."""
    lines = [HEADS, *(_cells(part) for part in coverage.parts)]
    rows = [f"| {' | '.join(line)} |" for line in lines]
    rows.insert(1, f"|---{'|--:' * (len(HEADS) - 1)}|")
    without = "\n".join(without_tests(coverage))
    text = ["# What has tests", "", *rows, "", " ".join(NOTES), "", "![The same, drawn](coverage.svg)", ""]
    return "\n".join([*text, "## What has none", "", "```", without, "```", ""])


def json_of(coverage: Coverage) -> str:
    """All of it, for programs."""
    parts = [
        {
            "name": part.name,
            "all": len(part.items),
            "tested": len(part.tested),
            "items": [_plain(i) for i in part.items],
        }
        for part in coverage.parts
    ]
    return json.dumps({"parts": parts}, ensure_ascii=False, indent=1)


def write(coverage: Coverage, root: Path = Path()) -> list[Path]:
    """Make var/coverage.md and var/coverage.svg; gives their paths."""
    texts = {"coverage.md": markdown(coverage), "coverage.svg": picture(coverage)}
    (root / WRITTEN).mkdir(exist_ok=True)
    for name, text in texts.items():
        (root / WRITTEN / name).write_text(text, encoding="utf-8")
    return [WRITTEN / name for name in texts]


def _cells(part: Part) -> tuple[str, ...]:
    by_column = (sum(bool(item.tests.get(column)) for item in part.items) for column in COLUMNS)
    walked = sum(bool(item.walked) for item in part.items)
    counts = (len(part.items), len(part.tested), *by_column, walked)
    return (part.name, *(str(count) if count else "-" for count in counts))


def _padded(cells: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    yield cells[0].ljust(widths[0])
    yield from (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))


def _mark(item: Item) -> str:
    return "" if item.walked else "  ← nothing looks at it"


def _plain(item: Item) -> dict[str, Any]:
    return {**asdict(item), "tested": item.is_tested}
