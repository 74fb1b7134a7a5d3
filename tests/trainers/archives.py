"""Small models for tests of what happens to models: a snapshot and a label, nothing learnt."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from charley.knowledge import SNAPSHOT, load_knowledge
from charley.rasa.inputs import MadeFrom, label
from tests.conftest import ROOT

FACT = "magnesium-definition"  # may be withdrawn: it is no caution of others
MOVED = "Magnesium is a mineral in many foods."


@cache
def snapshot() -> str:
    """That of the project's data."""
    return load_knowledge(ROOT).to_json()


def archive(
    path: Path,
    inputs: str,
    statements: Mapping[str, str | None] | None = None,
    examples: Mapping[str, int] | None = None,
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a model.

    Args:
        inputs: what its label says that it was made from.
        statements: fact -> its statement in this model; None: the fact is left out.
    """
    known: dict[str, Any] = json.loads(snapshot())
    for fact, statement in (statements or {}).items():
        if statement is None:
            del known["facts"]["facts"][fact]
        else:
            known["facts"]["facts"].setdefault(fact, {**known["facts"]["facts"][FACT], "id": fact})
            known["facts"]["facts"][fact]["statement"] = statement
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        content = json.dumps(known).encode()
        member = tarfile.TarInfo(f"components/train_keeper/{SNAPSHOT}")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    label(path, MadeFrom(inputs, files or {}, examples or {"greet": 3}, "2026-11-30T10:00:00+00:00", 12.0))
    return path
