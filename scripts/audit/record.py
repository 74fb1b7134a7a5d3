"""The record of what is known against Charley's packages, and how each is judged: docs/vulnerabilities.yml.

It stands where a database can't be asked, and says what to think of whatever a database answers. A
finding that is not in it is a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RECORD = Path("docs/vulnerabilities.yml")


class BadRecord(ValueError):
    """The record can't be read; the message says where and what is wrong, in a line."""


@dataclass(frozen=True)
class Finding:
    """One weakness of one package.

    Attributes:
        ids: its names in the databases (CVE, GHSA, PYSEC); any of them finds it.
        severity: as the GitHub Advisory Database has it.
        what: what goes wrong, in a few words.
        judged: what is to be said of it beyond what its package says; may be empty.
    """

    ids: tuple[str, ...]
    severity: str
    what: str
    judged: str = ""


@dataclass(frozen=True)
class Package:
    """A package with findings, and why Charley lives with them.

    Attributes:
        lock: which lock it stands in, `python` or `widget`.
        reached: whether a stranger's input comes to what is weak in it.
        use: what it does in Charley.
        contained: what keeps the findings out.
        never: modules that no server of Charley imports; a test looks.
        tests: what shows the containment.
        fix: why there is no better version in the lock.
    """

    name: str
    version: str
    lock: str
    reached: str
    use: str
    contained: str
    fix: str
    findings: tuple[Finding, ...]
    never: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    def fits(self, locked: Mapping[str, set[str]]) -> bool:
        """Whether the lock has this package in the version that was judged."""
        return self.version in locked.get(self.name, ())


@dataclass(frozen=True)
class Clear:
    """A package of which a finding is told that does not hold for the version in the lock."""

    name: str
    version: str
    ids: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Record:
    """All judgements.

    Attributes:
        judged: the day on which they were made (YYYY-MM-DD).
        source: what they were made from.
    """

    judged: str
    source: str
    packages: tuple[Package, ...]
    clear: tuple[Clear, ...]

    def ids(self) -> Iterator[tuple[str, str]]:
        """Every package with every id that is judged for it."""
        for package in self.packages:
            for finding in package.findings:
                yield from ((package.name, name) for name in finding.ids)


def load(root: Path = Path()) -> Record:
    """Read the record.

    Raises:
        BadRecord: if it is missing, is no YAML, or lacks something.
    """
    try:
        told = yaml.safe_load((root / RECORD).read_text(encoding="utf-8"))
        return Record(
            judged=str(told["judged"]),
            source=told["source"],
            packages=tuple(map(_package, told["packages"])),
            clear=tuple(Clear(ids=tuple(row.pop("ids")), **row) for row in told["clear"]),
        )
    except OSError as error:
        raise BadRecord(f"{RECORD} can't be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise BadRecord(f"{RECORD} is no YAML: {' '.join(str(error).split())}") from error
    except (KeyError, TypeError) as error:
        raise BadRecord(f"{RECORD} lacks or has too much of something: {error}") from error


def _package(row: dict[str, Any]) -> Package:
    findings = tuple(Finding(ids=tuple(found.pop("ids")), **found) for found in row.pop("findings"))
    never, tests = tuple(row.pop("never", ())), tuple(row.pop("tests", ()))
    return Package(findings=findings, never=never, tests=tests, **row)
