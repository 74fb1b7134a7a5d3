"""Whether the record still fits the locks, and whether the databases know of more than it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.audit import bom, databases
from scripts.audit.databases import Told, Unreachable
from scripts.audit.record import RECORD, Record


@dataclass
class Result:
    """What an audit came to.

    Attributes:
        new: findings that nobody has judged yet.
        unfit: judgements of a version that the lock no longer has.
        known: how many findings the databases told that are judged.
        silent: the databases that could not be asked, and why.
        gone: what is judged and is no longer told by the databases.
    """

    new: list[Told] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    known: int = 0
    silent: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def failed(self, live: bool = False) -> bool:
        """Whether something is to be done; with `live`, whether a database was silent too."""
        return bool(self.new or self.unfit or (live and self.silent))


def check(record: Record, root: Path = Path()) -> Result:
    """Hold the record against both locks and both databases.

    Raises:
        scripts.audit.bom.NoBom: if a lock can't be read.
    """
    result = Result()
    locks = {"python": bom.versions(bom.python_bom(root)), "widget": bom.versions(bom.widget_bom(root))}
    for package in record.packages:
        if not package.fits(locks[package.lock]):
            has = ", ".join(sorted(locks[package.lock].get(package.name, ()))) or "none"
            result.unfit.append(f"{package.name} was judged at {package.version}; the lock has {has}")
    for clear in record.clear:
        if clear.version not in locks["python"].get(clear.name, ()):
            result.unfit.append(f"{clear.name} was called clear at {clear.version}, which the lock has not")
    judged = set(record.ids())
    told = _asked(databases.osv, "OSV, about uv.lock", result, root)
    if told is not None:
        heard = {(found.name, name) for found in told for name in found.ids}
        result.gone = [f"{name} {ids[0]}" for name, ids in _findings(record) if not _any(name, ids, heard)]
    for found in [*(told or ()), *(_asked(databases.npm, "npm, about the widget", result, root) or ())]:
        if _any(found.name, found.ids, judged):
            result.known += 1
        else:
            result.new.append(found)
    return result


def lines(result: Result, record: Record) -> Iterator[str]:
    """The result as people read it."""
    for found in result.new:
        fix = f" Fixed in {', '.join(found.fixed)}." if found.fixed else ""
        yield f"NEW: {found.name} {found.version}: {', '.join(found.ids)}: {found.what}.{fix}"
    yield from (f"DOES NOT FIT: {line}." for line in result.unfit)
    yield from (f"NOT ASKED: {line}" for line in result.silent)
    yield from (
        f"No longer told (remove it from the record, if it is gone for good): {line}" for line in result.gone
    )
    count = sum(len(package.findings) for package in record.packages)
    if len(result.silent) == 2:
        yield f"No live database was asked. What holds is the record of {record.judged}: {count} findings, for the versions in the locks."
    else:
        yield f"{result.known} findings told by the databases are judged; the record of {record.judged} holds {count}."
    if result.new or result.unfit:
        yield f"Judge each in {RECORD}, or move to a version without it; then: python -m scripts.audit page"


def _asked(
    database: Callable[[Path], list[Told]], name: str, result: Result, root: Path
) -> list[Told] | None:
    try:
        return database(root)
    except Unreachable as error:
        result.silent.append(f"{name}: {error}")
        return None


def _findings(record: Record) -> Iterator[tuple[str, tuple[str, ...]]]:
    for package in record.packages:
        if package.lock == "python":
            yield from ((package.name, finding.ids) for finding in package.findings)


def _any(name: str, ids: tuple[str, ...], known: set[tuple[str, str]]) -> bool:
    return any((name, one) in known for one in ids)
