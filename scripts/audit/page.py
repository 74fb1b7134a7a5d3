"""docs/vulnerabilities.md, made from the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scripts.audit.record import Package, Record

PAGE = Path("docs/vulnerabilities.md")
SEVERITIES = ("critical", "high", "medium", "low")
INTRODUCTION = """# Known vulnerabilities, and what contains them

Rasa Open Source 3.6 is no longer maintained and pins old packages. Where a mended version works with it all the same, the lock has
that one (`override-dependencies` in [pyproject.toml](../pyproject.toml), tried as [dependencies.md](dependencies.md#past-rasas-pins)
says). What is left has no fix, or one that can't be installed with Rasa: each finding is listed, judged and contained.

Made by `python -m scripts.audit page` from [vulnerabilities.yml](vulnerabilities.yml), which is what is edited.
Judged on {judged}, from {source}.

    make audit                    # asks OSV (through uv) and npm about every locked package
    make audit AUDIT=--live       # a database that can't be asked is a failure too
    make sbom                     # var/sbom/: what Charley is made of, as CycloneDX 1.5

A finding that is not judged here fails CI, and so does a judgement of a version that the lock no longer has. Where a
database can't be asked, a line says so. `CHARLEY_AUDIT_OSV` names another OSV server, such as a mirror.

**What a stranger's words meet** on their way: nginx, Sanic, python-socketio, Rasa's channels, Charley's own reading
(spaCy's tokeniser, numpy, scipy, onnxruntime, tokenizers), the tracker store (SQLAlchemy, psycopg2, redis, aio-pika).
No finding is known in these at the versions locked, nor in aiohttp, which reads what platforms and action servers answer. What remains
sits in packages that Rasa imports and Charley does not use.
"""


def page(record: Record) -> str:
    """The whole page."""
    return "\n".join(_lines(record)) + "\n"


def _lines(record: Record) -> Iterator[str]:
    yield INTRODUCTION.format(judged=record.judged, source=record.source)
    yield "| package | findings | worst | reached by a stranger's input |"
    yield "|---|---|---|---|"
    for package in record.packages:
        counted = Counter(finding.severity for finding in package.findings)
        worst = next(severity for severity in SEVERITIES if counted[severity])
        link = f"[{package.name} {package.version}](#{_anchor(package)})"
        yield f"| {link} | {len(package.findings)} | {worst} | {package.reached} |"
    for package in record.packages:
        yield from _of(package)
    yield "\n## Looked at, and not in the versions locked\n"
    yield "| package | findings | why |"
    yield "|---|---|---|"
    for clear in record.clear:
        yield f"| {clear.name} {clear.version} | {', '.join(clear.ids)} | {clear.why} |"


def _of(package: Package) -> Iterator[str]:
    yield f"\n## {package.name} {package.version}\n"
    yield f"**Use.** {package.use.strip()}\n"
    yield f"**Contained.** {package.contained.strip()}\n"
    yield f"**Fix.** {_sentence(package.fix)}\n"
    if package.tests:
        yield f"**Shown by** {', '.join(f'`{test}`' for test in package.tests)}.\n"
    yield "| finding | severity | what goes wrong | here |"
    yield "|---|---|---|---|"
    for finding in package.findings:
        yield f"| {', '.join(finding.ids)} | {finding.severity} | {finding.what} | {finding.judged or 'as above'} |"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _anchor(package: Package) -> str:
    """As GitHub makes it of the heading."""
    return f"{package.name}-{package.version}".lower().replace(".", "")


def is_current(record: Record, root: Path = Path()) -> bool:
    """Whether the page says what the record says."""
    place = root / PAGE
    return place.exists() and place.read_text(encoding="utf-8") == page(record)


def write(record: Record, root: Path = Path()) -> Path:
    """Write the page and return where."""
    (root / PAGE).write_text(page(record), encoding="utf-8")
    return root / PAGE
