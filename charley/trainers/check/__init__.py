"""`charley check`: reads all that trainers write, without training, and says what is wrong where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from charley.trainers.check import (  # noqa: F401 - each registers its checks
    care,
    contradictions,
    dialogue,
    examples,
    facts,
    forms,
    leaks,
    responses,
)
from charley.trainers.check.finding import CHECKS, Check, Finding, Severity
from charley.trainers.check.project import Project, Unreadable

__all__ = ["CHECKS", "Check", "Finding", "Outcome", "Project", "Severity", "examine", "run"]


@dataclass
class Outcome:
    """What all checks came to.

    Attributes:
        findings: by file and line.
        skipped: ids of checks that could not be made -> the files that stood in the way.
    """

    findings: list[Finding] = field(default_factory=list)
    skipped: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)


def examine(project: Project, only: Collection[str] = ()) -> Outcome:
    """Make every check, or `only` those with these ids; one that can't be made stops no other."""
    outcome = Outcome()
    for id_, check in CHECKS.items():
        if only and id_ not in only:
            continue
        try:
            outcome.findings += list(check.run(project))
        except Unreadable as error:
            outcome.skipped[id_] = error.files
    outcome.findings.sort(key=lambda found: (found.file, found.line or 0, found.check))
    return outcome


def run(root: Path = Path(), only: Collection[str] = ()) -> list[Finding]:
    """What is wrong with the project in `root`, by file and line."""
    return examine(Project(root.resolve()), only).findings
