"""What the live databases say of the two locks: OSV through `uv audit`, npm's own through `npm audit`.

uv's auditor and not pip-audit, which asks the same database: it stands in the pinned installer already,
while pip-audit can't be installed beside Rasa (which wants packaging 20.9) and brings thirty packages.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.audit.bom import UV

ADDRESS = "CHARLEY_AUDIT_OSV"  # another OSV server than osv.dev's, such as a mirror
SECONDS = 120
PREVIEW = "audit-command,json-output"  # uv's names of what it may still change; its version is pinned


class Unreachable(RuntimeError):
    """A database could not be asked; the message says why, in a line."""


@dataclass(frozen=True)
class Told:
    """What a database tells of a package."""

    name: str
    version: str
    ids: tuple[str, ...]
    what: str
    fixed: tuple[str, ...] = ()


def osv(root: Path = Path()) -> list[Told]:
    """Ask OSV about all of uv.lock.

    Raises:
        Unreachable: if there is no answer.
    """
    command = [str((root / UV).resolve()), "audit", "--frozen", "--no-progress"]
    command += ["--output-format", "json", "--preview-features", PREVIEW]
    if address := os.environ.get(ADDRESS):
        command += ["--service-url", address]
    answer = _answer(command, root)
    return [
        Told(
            row["dependency"]["name"],
            row["dependency"]["version"],
            (row["id"], *row["aliases"]),
            row["summary"] or "",
            tuple(row["fix_versions"]),
        )
        for row in answer["vulnerabilities"]
    ]


def npm(root: Path = Path()) -> list[Told]:
    """Ask npm's database about the widget's lock.

    Raises:
        Unreachable: if there is no answer, or no npm.
    """
    answer = _answer(["npm", "audit", "--json", "--package-lock-only"], root / "widget")
    if "vulnerabilities" not in answer:
        raise Unreachable(f"npm audit: {answer.get('message') or answer.get('error') or 'no answer'}")
    # Under `via` stand advisories, and names of packages whose advisories stand with those packages.
    advisories = [
        via for row in answer["vulnerabilities"].values() for via in row["via"] if isinstance(via, dict)
    ]
    return [
        Told(row["name"], row["range"], (row["url"].rsplit("/", 1)[-1],), row["title"]) for row in advisories
    ]


def _answer(command: Sequence[str], folder: Path) -> dict[str, Any]:
    program = " ".join((Path(command[0]).name, command[1]))
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    except FileNotFoundError as error:
        raise Unreachable(f"{program}: {Path(command[0]).name} is not installed here") from error
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"{program}: no answer within {SECONDS} seconds") from error
    except json.JSONDecodeError as error:
        lines = [line.strip() for line in done.stderr.splitlines() if "warning" not in line]
        raise Unreachable(f"{program}: {lines[-1] if lines else 'it said nothing'}") from error
