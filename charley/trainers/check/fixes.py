"""`charley check --fix`: mends what is mechanical, and only that. Nothing is sorted, no word changed."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from charley.facts.load import FACTS_DIR, GAPS
from charley.facts.schema import LIST_SEPARATOR
from charley.trainers import files
from charley.trainers.check import nodes
from charley.trainers.check.parts import example_lines, read_rows
from charley.trainers.files import Draft, FileProblem

if TYPE_CHECKING:
    from charley.trainers.check.project import Project

INDENT = 2  # spaces for a tab
SUBJECTS = (FACTS_DIR / "subjects.csv", FACTS_DIR / GAPS)


def drafts(project: Project) -> Iterator[Draft]:
    """What each file that can be mended would hold."""
    seen: dict[str, set[str]] = {}
    for path in project.written:
        try:
            before = project.text(path)
        except FileProblem:
            continue  # no text at all: that is said, not mended
        text = _mended(project, path, before, seen)
        if text != before or has_mark(path):
            yield Draft(path, before, text)


def changes(draft: Draft, name: str) -> str:
    """What a draft changes, as a diff; line ends and byte order marks, which no diff shows, in words."""
    before, after = (draft.before or "").splitlines(), draft.text.splitlines()
    shown = "\n".join(difflib.unified_diff(before, after, name, name, n=0, lineterm=""))
    return shown or f"{name}: line ends or byte order mark"


def has_mark(path: Path) -> bool:
    """Whether a file begins with a byte order mark."""
    with path.open("rb") as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def as_written(cells: Sequence[str]) -> str:
    """A row of CSV with no more quotation marks than it needs, without a line end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _mended(project: Project, path: Path, text: str, seen: dict[str, set[str]]) -> str:
    name = path.relative_to(project.root)
    mend: list[Callable[[str], str]] = [_unix_line_ends]
    if path.suffix == ".csv":
        if name.is_relative_to("data"):
            mend.append(lambda found: _rewritten(path, found, name in SUBJECTS))
    else:
        mend += [_spaces_for_tabs, _no_trailing_spaces]
        if name.is_relative_to("data/nlu"):
            mend.append(lambda found: _each_example_once(path, found, seen))
    for step in [*mend, _last_line_ended]:
        text = step(text)
    return text


def _unix_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _last_line_ended(text: str) -> str:
    return f"{text.rstrip()}\n" if text.strip() and not text.endswith("\n") else text


def _spaces_for_tabs(text: str) -> str:
    return re.sub(r"(?m)^[ \t]+", lambda indent: indent[0].replace("\t", " " * INDENT), text)


def _no_trailing_spaces(text: str) -> str:
    return re.sub(r"(?m)[ \t]+$", "", text)


def _rewritten(path: Path, text: str, names: bool) -> str:
    """CSV with no needless quotation marks, and each name of a subject once; broken CSV as it is."""
    try:
        rows = [row.cells for row in read_rows(path, text)]
    except FileProblem:
        return text
    if names and rows and "names" in rows[0]:
        column = rows[0].index("names")
        for cells in (row for row in rows[1:] if len(row) == len(rows[0])):
            cells[column] = _each_name_once(cells[column])
    return "".join(f"{as_written(cells)}\n" for cells in rows)


def _each_name_once(cell: str) -> str:
    found: dict[str, str] = {}
    for name in cell.split(LIST_SEPARATOR):
        found.setdefault(name.strip().lower(), name)
    return LIST_SEPARATOR.join(found.values()) if len(found) < cell.count(LIST_SEPARATOR) + 1 else cell


def _each_example_once(path: Path, text: str, seen: dict[str, set[str]]) -> str:
    """Examples without those that stand, letter by letter, in the same intent before (`seen`, by intent)."""
    try:
        tree = nodes.compose(path, text)
    except FileProblem:
        return text
    doubled: set[int] = set()
    for item in nodes.members(nodes.child(tree, "nlu")):
        known = seen.setdefault(nodes.scalar(nodes.child(item, "intent")) or "", set())
        for line, example in example_lines(nodes.child(item, "examples")):
            if example in known:
                doubled.add(line)
            known.add(example)
    kept = (line for n, line in enumerate(text.splitlines(keepends=True), start=1) if n not in doubled)
    return "".join(kept)


def apply(project: Project) -> list[Draft]:
    """Mend the files; gives what was changed.

    Raises:
        charley.trainers.files.Changed: if someone saved one of them meanwhile; nothing is written then.
        FileProblem: if one can't be written.
    """
    found = list(drafts(project))
    files.save(found, project.root)
    return found
