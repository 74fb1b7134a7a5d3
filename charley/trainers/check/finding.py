"""What a check finds, and the register of all checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charley.trainers.check.project import Project


class Severity(str, Enum):
    """How bad it is: an error must be mended, a warning looked at, a note is only said."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, told to a trainer.

    Attributes:
        file: from the project's folder on, with slashes.
        line: counted from 1; None where the whole file is meant.
        check: the id of the check that found it.
        fixable: whether `charley check --fix` mends it.
    """

    file: str
    line: int | None
    what: str
    why: str
    mend: str
    check: str
    severity: Severity
    fixable: bool = False

    @property
    def place(self) -> str:
        """`file:line`, as editors and terminals turn into a link."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Found:
    """What a check says of one place; `mend` where it differs from what the check says of all."""

    path: Path
    line: int | None
    what: str
    mend: str = ""


Find = Callable[["Project"], Iterable[Found]]


@dataclass(frozen=True)
class Check:
    """One thing that is looked for.

    Attributes:
        about: what it looks for, in a line.
        why: why it matters, and
        mend: how to mend it, said with every finding.
    """

    id: str
    about: str
    why: str
    mend: str
    severity: Severity
    fixable: bool
    find: Find

    def run(self, project: Project) -> Iterator[Finding]:
        """All that it finds.

        Raises:
            Unreadable: if a file that it needs can't be read.
        """
        for found in self.find(project):
            yield Finding(
                project.name(found.path),
                found.line,
                found.what,
                self.why,
                found.mend or self.mend,
                self.id,
                self.severity,
                self.fixable,
            )


CHECKS: dict[str, Check] = {}


def check(
    id_: str, *, why: str, mend: str, severity: Severity = Severity.ERROR, fixable: bool = False
) -> Callable[[Find], Find]:
    """Put a function into the register; its docstring says what it looks for."""

    def register(find: Find) -> Find:
        assert id_ not in CHECKS, id_
        about = (find.__doc__ or "").strip().splitlines()[0]
        CHECKS[id_] = Check(id_, about, why, mend, severity, fixable, find)
        return find

    return register
