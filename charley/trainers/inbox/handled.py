"""Which messages a trainer has settled, so that they do not come back: var/inbox.json.

It holds no one's words, only salted hashes of them. It stands in var/, beside the talks it belongs to, and
not under version control: a short message can be guessed from its hash. What was accepted is known
everywhere all the same, as an example of data/nlu/.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from charley.trainers.check.project import Project
from charley.trainers.files import Draft, FileProblem, read
from charley.trainers.inbox.items import key_of

KEPT = Path("var/inbox.json")


@dataclass
class Handled:
    """The entries of var/inbox.json, oldest first, as they stood when read.

    Each entry has `keys` (hashes of the messages), `how` ("accepted", "corrected" or "dismissed"), and what
    undoing it needs.
    """

    path: Path
    before: str | None
    salt: str
    entries: list[dict[str, Any]] = field(default_factory=list)

    def hash(self, key: str) -> str:
        return hashlib.sha256(f"{self.salt}{key}".encode()).hexdigest()

    def draft(self) -> Draft:
        """The file as it is to be written now."""
        text = json.dumps({"salt": self.salt, "handled": self.entries}, indent=1, ensure_ascii=False)
        return Draft(self.path, self.before, text + "\n")


class Settled:
    """The messages that need not come back: settled here, or an example by now."""

    def __init__(self, handled: Handled, examples: Iterable[str]) -> None:
        self._handled = handled
        self._hashes = {hash_ for entry in handled.entries for hash_ in entry["keys"]}
        self._examples = {key_of(example) for example in examples}

    def has(self, key: str) -> bool:
        return key in self._examples or self._handled.hash(key) in self._hashes


def read_handled(root: Path = Path()) -> Handled:
    """What has been settled.

    Raises:
        FileProblem: if the file is broken.
    """
    path = root / KEPT
    if not path.exists():
        return Handled(path, None, secrets.token_hex(16))
    text = read(path)
    try:
        kept = json.loads(text)
        entries = [{**entry, "keys": list(entry["keys"])} for entry in kept["handled"]]
        return Handled(path, text, kept["salt"], entries)
    except (ValueError, KeyError, TypeError) as error:
        message = (
            "is broken. Put a copy back, or delete it: then what was dismissed comes into the inbox again."
        )
        raise FileProblem(path, None, message) from error


def settled(root: Path = Path()) -> Settled:
    """What need not come into the inbox again.

    Raises:
        FileProblem: if var/inbox.json is broken.
    """
    return Settled(read_handled(root), (example.text for example in Project(root).examples))
