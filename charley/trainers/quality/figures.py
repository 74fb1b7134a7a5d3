"""The figures of a training, and their file: docs/quality.csv, a row for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from charley.rasa.inputs import SHORT
from charley.trainers.files import Draft, FileProblem, read, save
from charley.trainers.quality.margins import MEASURES

FILE = Path("docs/quality.csv")


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """The exact (Clopper-Pearson) 95 % interval."""
        from scipy.stats import beta  # takes a second to import

        low = beta.ppf(0.025, self.count, self.total - self.count + 1) if self.count else 0.0
        high = beta.ppf(0.975, self.count + 1, self.total - self.count) if self.count < self.total else 1.0
        return float(low), float(high)

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.count} of {self.total} = {self.value:.1%} [{low:.1%}, {high:.1%}]"


@dataclass(frozen=True)
class Figures:
    """A row.

    Attributes:
        date: of the measuring, in ISO 8601.
        inputs: the short fingerprint of what the model was made from.
        messages: that of the messages written apart that it was measured on.
        shares: by the names of `margins.MEASURES`; one that was not known then is missing.
        megabytes: the size of the model.
        seconds: of a processor that its training took; few where much came from Rasa's cache.
        accepted: why a drop beyond the margin was taken all the same.
    """

    date: str
    inputs: str
    messages: str
    shares: Mapping[str, Share]
    megabytes: float
    seconds: float
    accepted: str = ""


COLUMNS = (
    "date", "inputs", "messages",
    *(column for m in MEASURES for column in (m.name, f"{m.name}_of")),
    "megabytes", "seconds", "accepted",
)  # fmt: skip


def history(root: Path = Path()) -> list[Figures]:
    """All rows, oldest first; none where there is no file.

    Raises:
        FileProblem: if the file can't be read.
    """
    path = root / FILE
    return [_figures(row, path, number) for number, row in _rows(path)] if path.exists() else []


def of_inputs(inputs: str, rows: list[Figures]) -> Figures | None:
    """The latest figures of what was made from these inputs (any fingerprint, short or whole)."""
    return next((row for row in reversed(rows) if inputs and row.inputs == inputs[:SHORT]), None)


def add(figures: Figures, root: Path = Path()) -> bool:
    """Write a row, unless the same inputs were measured on the same messages before; gives whether it was.

    Raises:
        FileProblem: if the file can't be read or written.
    """
    path = root / FILE
    if any((row.inputs, row.messages) == (figures.inputs, figures.messages) for row in history(root)):
        return False
    before = read(path) if path.exists() else None
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for _, row in _rows(path) if before is not None else ():
        writer.writerow({column: row.get(column) or "" for column in COLUMNS})
    writer.writerow(_cells(figures))
    save([Draft(path, before, out.getvalue())], root)
    return True


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    text = read(path)
    conflict = next(
        (n for n, t in enumerate(text.splitlines(), 1) if t.startswith(("<<<<<<<", ">>>>>>>"))), None
    )
    if conflict:
        raise FileProblem(path, conflict, "two rows were merged by hand half-way. Keep both, oldest first.")
    return list(enumerate(csv.DictReader(io.StringIO(text, newline="")), start=2))


def _cells(figures: Figures) -> dict[str, object]:
    shares: dict[str, object] = {}
    for measure in MEASURES:
        share = figures.shares.get(measure.name)
        shares |= {measure.name: share.count, f"{measure.name}_of": share.total} if share else {}
    rest = {name: getattr(figures, name) for name in ("date", "inputs", "messages", "accepted")}
    return {**rest, **shares, "megabytes": f"{figures.megabytes:.1f}", "seconds": f"{figures.seconds:.0f}"}


def _figures(row: dict[str, str], path: Path, number: int) -> Figures:
    try:
        shares = {
            m.name: Share(int(row[m.name]), int(row[f"{m.name}_of"])) for m in MEASURES if row.get(m.name)
        }
        megabytes, seconds = float(row["megabytes"]), float(row["seconds"])
        return Figures(
            row["date"], row["inputs"], row["messages"], shares, megabytes, seconds, row["accepted"] or ""
        )
    except (KeyError, ValueError, TypeError) as error:
        raise FileProblem(
            path, number, f"can't be read as figures ({error}). Mend or remove the row."
        ) from error
