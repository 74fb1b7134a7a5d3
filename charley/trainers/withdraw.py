"""Takes a fact out of the table, with a reason, and puts it back.

data/facts/withdrawn.csv holds what was taken out; nothing reads it but `back`.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from charley.answers.compose import SAFETY_NET
from charley.answers.questions import QUESTIONS_FILE, QuestionsError, load_questions
from charley.facts import FactTable, load_table
from charley.facts.load import FACTS_DIR, PICTURES, TableError
from charley.trainers.files import Draft, FileProblem, read, save

FACTS, WITHDRAWN = "facts.csv", "withdrawn.csv"
MORE = ("withdrawn", "why", "after", "pictures")  # columns of withdrawn.csv after those of facts.csv
TESTS = Path("tests/conversations")


class CannotWithdraw(ValueError):
    """The fact can't be taken out or put back; the message says why, and what to do."""


@dataclass(frozen=True)
class _Row:
    """A row of a CSV file: its cells, and its text with the line end."""

    cells: Sequence[str]
    text: str


def withdraw(fact: str, why: str, root: Path = Path()) -> Iterator[str]:
    """Take a fact out of the table; gives what a trainer should know, a line each.

    Raises:
        CannotWithdraw: if there is no such fact, or others need it.
        FileProblem: if a file can't be read or written, or was changed meanwhile.
    """
    if not why.strip():
        raise CannotWithdraw('Say why, so that others know: charley withdraw FACT_ID --why "…"')
    table = _table(root)
    if fact not in table.facts:
        taken = fact in [row.cells[0] for row in _rows(root / FACTS_DIR / WITHDRAWN)]
        raise CannotWithdraw(
            f"{fact} is withdrawn already." if taken else f"There is no fact {fact!r} in {FACTS_DIR / FACTS}."
        )
    if fact == SAFETY_NET:
        raise CannotWithdraw(
            f"{fact} goes with every answer on symptoms: mend its words in {FACTS_DIR / FACTS}."
        )
    needing = [other.id for other in table.facts.values() if other.caution == fact]
    if needing:
        raise CannotWithdraw(
            f"{fact} is the caution of {', '.join(needing)}: give these another caution, or withdraw them first."
        )
    path = root / FACTS_DIR / FACTS
    header, *rows = _rows(path)
    at = next(i for i, row in enumerate(rows) if row.cells and row.cells[0].strip() == fact)
    above = next((row.cells[0] for row in reversed(rows[:at]) if row.cells), "")
    shown = [p.id for p in table.pictures.values() if fact in p.facts]
    more = [datetime.date.today().isoformat(), " ".join(why.split()), above, "; ".join(shown)]
    drafts = [
        Draft(path, read(path), "".join(row.text for row in (header, *rows[:at], *rows[at + 1 :]))),
        _appended(root, header.cells, [*rows[at].cells, *more]),
        *_pictures(root, shown, fact, keep=False),
    ]
    _check(drafts, root)
    save(drafts, root)
    yield f"Withdrawn: {fact}, “{table.facts[fact].statement}”"
    yield from _without_answer(table, fact, root)
    if shown:
        yield f"No longer shown with it: the drawing {', '.join(shown)} ({FACTS_DIR / PICTURES})."
    yield from _tests_on(fact, root)
    yield "It is told until a model without it is in service: run charley train (under a minute), then start the server again."


def back(fact: str, root: Path = Path()) -> Iterator[str]:
    """Put a withdrawn fact back in its place; gives what a trainer should know, a line each.

    Raises:
        CannotWithdraw: if it was not withdrawn, or the table would be broken with it.
        FileProblem: if a file can't be read or written, or was changed meanwhile.
    """
    path, withdrawn = root / FACTS_DIR / FACTS, root / FACTS_DIR / WITHDRAWN
    header, *kept = _rows(withdrawn) or [_Row((), "")]
    found = next((row for row in reversed(kept) if row.cells and row.cells[0] == fact), None)
    if found is None:
        raise CannotWithdraw(f"{fact} is not in {FACTS_DIR / WITHDRAWN}.")
    cells = dict(zip(header.cells, found.cells, strict=True))
    columns, *rows = _rows(path)
    if any(row.cells and row.cells[0] == fact for row in rows):
        raise CannotWithdraw(f"{fact} stands in {FACTS_DIR / FACTS} already.")
    ids = [row.cells[0] if row.cells else "" for row in rows]
    at = ids.index(cells["after"]) + 1 if cells["after"] in ids else (0 if not cells["after"] else len(rows))
    text = _text([cells[column] for column in columns.cells], _line_end(columns))
    drafts = [
        Draft(
            path,
            read(path),
            "".join([columns.text, *(r.text for r in rows[:at]), text, *(r.text for r in rows[at:])]),
        ),
        Draft(withdrawn, read(withdrawn), "".join(row.text for row in (header, *kept) if row is not found)),
        *_pictures(root, [p.strip() for p in cells["pictures"].split(";") if p.strip()], fact, keep=True),
    ]
    _check(drafts, root)
    save(drafts, root)
    yield f"Back in {FACTS_DIR / FACTS}: {fact}, “{cells['statement']}”"
    yield "It is told again once a model with it is in service: run charley train (under a minute), then start the server again."


def _without_answer(table: FactTable, fact: str, root: Path) -> Iterator[str]:
    """What nothing answers any more."""
    gone = table.facts[fact]
    left = [f for f in table.about(gone.subject, [gone.attribute]) if f.id != fact]
    if left:
        yield f"Still told on {gone.subject}, {gone.attribute.value}: {', '.join(f.id for f in left)}."
        return
    yield f"Nothing is left on {gone.subject}, {gone.attribute.value}: who asks is told so."
    try:
        questions = load_questions(root / QUESTIONS_FILE).by_intent
    except QuestionsError:
        return  # said by `charley check`
    asked = [intent for intent, question in questions.items() if gone.attribute in question.attributes]
    if asked:
        yield f"The questions that look there: {', '.join(asked)}."


def _tests_on(fact: str, root: Path) -> Iterator[str]:
    """The tests that name a fact, each with its line."""
    whole = re.compile(rf"(?<![\w-]){re.escape(fact)}(?![\w-])")
    for path in sorted((root / TESTS).rglob("*")):
        if path.suffix in (".yml", ".csv"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if whole.search(line):
                    yield f"A test names it: {path.relative_to(root)}, line {number}."


def _pictures(root: Path, shown: Sequence[str], fact: str, keep: bool) -> list[Draft]:
    """pictures.csv with the fact taken out of these pictures, or put back."""
    path = root / FACTS_DIR / PICTURES
    if not shown or not path.exists():
        return []
    header, *rows = _rows(path)
    column = list(header.cells).index("facts")
    texts = [header.text]
    for row in rows:
        text = row.text
        if row.cells and row.cells[0] in shown:
            facts = [f.strip() for f in row.cells[column].split(";") if f.strip() and f.strip() != fact]
            cells = [
                *row.cells[:column],
                "; ".join([*facts, fact] if keep else facts),
                *row.cells[column + 1 :],
            ]
            text = _text(cells, _line_end(row))
        texts.append(text)
    return [Draft(path, read(path), "".join(texts))]


def _appended(root: Path, columns: Sequence[str], cells: Sequence[str]) -> Draft:
    path = root / FACTS_DIR / WITHDRAWN
    before = read(path) if path.exists() else None
    head = before if before else _text([*columns, *MORE], "\n")
    return Draft(path, before, head + ("" if head.endswith("\n") else "\n") + _text(cells, "\n"))


def _check(drafts: Sequence[Draft], root: Path) -> None:
    """Raise CannotWithdraw if the table can't be used as drafted."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "facts"
        shutil.copytree(root / FACTS_DIR, copy)
        for draft in drafts:
            (copy / draft.path.name).write_text(draft.text, encoding="utf-8", newline="")
        try:
            load_table(copy)
        except TableError as error:
            raise CannotWithdraw(
                f"Nothing was saved, because then the table would be broken:\n{error}"
            ) from error


def _table(root: Path) -> FactTable:
    try:
        return load_table(root / FACTS_DIR)
    except TableError as error:
        raise CannotWithdraw(f"Nothing was saved, because the table is broken already:\n{error}") from error


def _rows(path: Path) -> list[_Row]:
    """The rows of a file with their text, the header first; none of a file that is not there.

    Raises:
        FileProblem: if it can't be read.
    """
    if not path.exists():
        return []
    lines = io.StringIO(read(path), newline="").readlines()
    reader = csv.reader(iter(lines), strict=True)
    rows, done = [], 0
    try:
        for cells in reader:
            rows.append(_Row(cells, "".join(lines[done : reader.line_num])))
            done = reader.line_num
    except csv.Error as error:
        raise FileProblem(path, reader.line_num, f"is not well-formed CSV: {error}") from error
    if rows and not rows[-1].text.endswith(("\n", "\r")):
        rows[-1] = _Row(rows[-1].cells, rows[-1].text + _line_end(rows[0]))
    return rows


def _text(cells: Sequence[str], end: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerow(cells)
    return out.getvalue()


def _line_end(row: _Row) -> str:
    return "\r\n" if row.text.endswith("\r\n") else "\n"
