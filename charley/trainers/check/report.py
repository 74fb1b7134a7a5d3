"""What `charley check` prints, and its options."""

from __future__ import annotations

import dataclasses
import gc
import json
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path

from charley.trainers.check import CHECKS, Outcome, examine
from charley.trainers.check import fixes as mending
from charley.trainers.check.finding import Finding, Severity
from charley.trainers.check.project import Project
from charley.trainers.files import FileProblem

MAX_WIDTH = 110
SHOWN = 20  # findings of one check in one file; of the others the number is told


def main(
    root: Path,
    *,
    only: Collection[str] = (),
    fix: bool = False,
    strict: bool = False,
    as_json: bool = False,
    notes: bool = False,
) -> int:
    """Check the project in `root`, print what is wrong, and give the exit code."""
    unknown = [id_ for id_ in only if id_ not in CHECKS]
    if unknown:
        print(
            f"There is no check {', '.join(unknown)}. `charley check --list` names them all.", file=sys.stderr
        )
        return 2
    if not (root / "data").is_dir():
        print("There is no folder data/ here. Run this in the project's folder.", file=sys.stderr)
        return 2
    if fix and only:
        print(
            "--fix mends all that is mechanical, so it goes without --only. Nothing was changed.",
            file=sys.stderr,
        )
        return 2
    project = Project(root.resolve())
    if fix:
        try:
            changed = mending.apply(project)
        except FileProblem as problem:
            print(problem, file=sys.stderr)
            return 1
        shown = "\n".join(mending.changes(draft, project.name(draft.path)) for draft in changed)
        print(shown or "Nothing to fix.", file=sys.stderr if as_json else sys.stdout)
        project = Project(project.root)
    gc.disable()  # all is kept to the end anyway: looking for rubbish takes a third of the time
    try:
        outcome = examine(project, only)
    finally:
        gc.enable()
    failed = bool(
        outcome.count(Severity.ERROR) or outcome.skipped or (strict and outcome.count(Severity.WARNING))
    )
    if as_json:
        print(as_json_text(outcome))
    else:
        print("\n".join(as_text(outcome, notes or bool(only))))
        if not failed and not only:
            print(all_is_well(project))
    return int(failed)


def as_list() -> str:
    """Every check with what it looks for, a line each."""
    width = max(map(len, CHECKS))
    marks = {Severity.ERROR: "", Severity.WARNING: " (warning)", Severity.NOTE: " (note)"}
    return "\n".join(
        f"{id_:{width}}  {check.about.rstrip('.')}{marks[check.severity]}{' [--fix]' if check.fixable else ''}"
        for id_, check in CHECKS.items()
    )


def as_json_text(outcome: Outcome) -> str:
    """For editors and CI: `findings`, and `skipped` (check -> files that stood in the way)."""
    findings = [{**dataclasses.asdict(found), "severity": found.severity.value} for found in outcome.findings]
    return json.dumps({"findings": findings, "skipped": outcome.skipped}, indent=1, ensure_ascii=False)


def as_text(outcome: Outcome, notes: bool = False) -> Iterator[str]:
    """For people: by file, each finding with its place, why it matters and how to mend it; a summary."""
    shown = [found for found in outcome.findings if notes or found.severity is not Severity.NOTE]
    for file, of_file in groupby(shown, key=lambda found: found.file):
        yield from _of_file(file, list(of_file))
    if outcome.skipped:
        files = sorted({file for broken in outcome.skipped.values() for file in broken})
        yield from _wrapped(
            f"Skipped until {', '.join(files)} can be used: {', '.join(outcome.skipped)}.", ""
        )
    quiet = (
        Counter(found.check for found in outcome.findings if found not in shown)
        if not notes
        else Counter[str]()
    )
    if quiet:
        told = ", ".join(f"{count} {id_}" for id_, count in quiet.most_common())
        yield from _wrapped(f"Notes (charley check --notes shows them): {told}.", "")
    fixable = sum(found.fixable for found in outcome.findings)
    counted = ", ".join(
        f"{outcome.count(severity)} {severity.value}{'' if outcome.count(severity) == 1 else 's'}"
        for severity in Severity
    )
    yield f"{counted}{f'; charley check --fix mends {fixable} of them' if fixable else ''}."


def _of_file(file: str, findings: list[Finding]) -> Iterator[str]:
    """The findings of one file; why and how to mend stand once for all that one check finds in a row."""
    yield file
    by_check = sorted(findings, key=lambda found: found.check)
    groups = [list(group) for _, group in groupby(by_check, key=lambda found: (found.check, found.mend))]
    for group in sorted(groups, key=lambda found: found[0].line or 0):
        for found in group[:SHOWN]:
            mark = "" if found.severity is Severity.ERROR else f"{found.severity.value}: "
            yield from _wrapped(f"{found.place}: {mark}{found.what}", "  ")
        if len(group) > SHOWN:
            yield f"  … and {len(group) - SHOWN} more of this kind."
        first = group[0]
        yield from _wrapped(f"Why: {first.why}", "      ")
        yield from _wrapped(
            f"Mend: {first.mend} [{first.check}{', --fix' if first.fixable else ''}]", "      "
        )
    yield ""


def _wrapped(text: str, indent: str) -> list[str]:
    width = min(shutil.get_terminal_size((MAX_WIDTH, 24)).columns, MAX_WIDTH)
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def all_is_well(project: Project) -> str:
    """The line that ends a check without errors: what there is, in numbers."""
    table, questions, care = project.table, project.questions, project.care
    return (
        f"All is well: {len(table.facts)} facts on {len(table.subjects)} subjects from {len(table.sources)} sources, "
        f"{len(questions.by_intent)} questions, {len(care.flags)} warning flags in {sum(1 for _ in care.wordings())} wordings."
    )
