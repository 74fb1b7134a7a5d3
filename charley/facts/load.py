"""Reads and checks data/facts/. Whatever is wrong is reported all at once, by file, row and column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from charley.facts.schema import CAUTION_REQUIRED, Fact, Picture, Source, Subject, SubjectKind
from charley.facts.table import FactTable

FACTS_DIR = Path("data/facts")
GAPS, PICTURES = "gaps.csv", "pictures.csv"  # may be missing
RowT = TypeVar("RowT", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the table. `row` counts as a spreadsheet does: the header is row 1."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, column {self.column}: {self.message}"


class TableError(ValueError):
    """The fact table can't be used; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def load_table(directory: Path = FACTS_DIR) -> FactTable:
    """Read sources.csv, subjects.csv, gaps.csv, facts.csv and pictures.csv from `directory`.

    Raises:
        TableError: if anything at all is wrong; it names every problem found.
    """
    problems: list[Problem] = []
    sources, _ = _read(directory / "sources.csv", Source, problems)
    subjects, subject_rows = _read(directory / "subjects.csv", Subject, problems)
    facts, fact_rows = _read(directory / "facts.csv", Fact, problems)
    problems += _shared_names(subjects, subject_rows)
    subjects |= _gaps(directory / GAPS, subjects, problems)
    problems += _dangling(facts, fact_rows, subjects, sources)
    pictures = _pictures(directory / PICTURES, facts, problems)
    if problems:
        raise TableError(problems)
    return FactTable(facts=facts, subjects=subjects, sources=sources, pictures=pictures)


def _read(path: Path, model: type[RowT], problems: list[Problem]) -> tuple[dict[str, RowT], dict[str, int]]:
    """Rows of one file by id, and the spreadsheet row of each; what is wrong goes to `problems`."""
    rows: dict[str, RowT] = {}
    row_numbers: dict[str, int] = {}

    def report(number: int, column: str, message: str) -> None:
        problems.append(Problem(path.name, number, column, message))

    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets like to add a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        report(1, "-", f"can't be read as UTF-8 text: {error}")
        return rows, row_numbers
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header, *records = list(reader) or [[]]
    except csv.Error as error:
        report(reader.line_num, "-", f"is not well-formed CSV: {error}")
        return rows, row_numbers
    columns = list(model.__fields__)
    for column in header:
        if column not in columns:
            report(1, column, f"unknown column; known are {', '.join(columns)}")
    for column in columns:
        if header.count(column) != 1:
            report(
                1, column, "this column is missing" if column not in header else "this column stands twice"
            )
    if sorted(header) != sorted(columns):
        return rows, row_numbers
    for number, record in enumerate(records, start=2):
        if not any(record):
            continue  # a blank line
        if len(record) != len(columns):
            report(number, "-", f"must have exactly {len(columns)} cells")
            continue
        cells = dict(zip(header, record, strict=True))
        try:
            row = model(**cells)
        except ValidationError as error:
            for found in error.errors():
                column = str(found["loc"][0])
                report(number, column, f"{found['msg']} (it says {cells.get(column)!r})")
            continue
        row_id = cells["id"].strip()
        if row_id in rows:
            report(number, "id", f"{row_id!r} stands in row {row_numbers[row_id]} already")
            continue
        rows[row_id] = row
        row_numbers[row_id] = number
    return rows, row_numbers


def _gaps(path: Path, subjects: dict[str, Subject], problems: list[Problem]) -> dict[str, Subject]:
    """Subjects that people ask for and that have no fact yet; one that has since got a row gives way."""
    if not path.exists():
        return {}
    gaps, _ = _read(path, Subject, problems)
    taken = {name.lower() for subject in subjects.values() for name in subject.all_names}
    free: dict[str, Subject] = {}
    for gap in gaps.values():
        names = tuple(name for name in gap.names if name.lower() not in taken)
        if gap.id not in subjects and gap.name.lower() not in taken:
            free[gap.id] = gap.copy(update={"names": names, "kind": SubjectKind.GAP})
            taken |= {name.lower() for name in free[gap.id].all_names}
    return free


def _pictures(path: Path, facts: dict[str, Fact], problems: list[Problem]) -> dict[str, Picture]:
    if not path.exists():
        return {}
    pictures, rows = _read(path, Picture, problems)
    for picture in pictures.values():
        for fact in picture.facts:
            if fact not in facts:
                problems.append(
                    Problem(path.name, rows[picture.id], "facts", f"{fact!r} is not the id of a fact")
                )
    return pictures


def _shared_names(subjects: dict[str, Subject], numbers: dict[str, int]) -> list[Problem]:
    problems = []
    owners: dict[str, str] = {}
    for subject in subjects.values():
        for name in subject.all_names:
            owner = owners.setdefault(name.lower(), subject.id)
            if owner != subject.id:
                problems.append(
                    Problem(
                        "subjects.csv",
                        numbers[subject.id],
                        "names",
                        f"{name!r} is a name of {owner!r} already",
                    )
                )
    return problems


def _dangling(
    facts: dict[str, Fact], numbers: dict[str, int], subjects: dict[str, Subject], sources: dict[str, Source]
) -> list[Problem]:
    problems = []

    def report(fact: Fact, column: str, message: str) -> None:
        problems.append(Problem("facts.csv", numbers[fact.id], column, message))

    for fact in facts.values():
        if fact.subject not in subjects:
            report(fact, "subject", f"{fact.subject!r} is not in subjects.csv")
        for source in fact.sources:
            if source not in sources:
                report(fact, "sources", f"{source!r} is not in sources.csv")
        if fact.caution is not None and fact.caution not in facts:
            report(fact, "caution", f"{fact.caution!r} is not the id of a fact")
        if fact.caution == fact.id:
            report(fact, "caution", "a fact can't be its own caution")
        if fact.caution is None and fact.attribute in CAUTION_REQUIRED:
            report(fact, "caution", f"a fact on {fact.attribute.value} needs one")
    return problems
