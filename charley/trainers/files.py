"""Reads and writes the files that trainers write, so that nothing is lost.

A file is replaced whole or not at all, and only if it still holds what was read: of two trainers who
edit the same file at once, the second is told.
"""

from __future__ import annotations

import fcntl
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

LOCK = "var/trainers.lock"  # held while files are written


class FileProblem(ValueError):
    """A file can't be used; says where and why in words for a trainer.

    Attributes:
        line: counted from 1; None where the whole file is meant.
    """

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        self.path, self.line, self.message = path, line, message
        super().__init__(f"{path}{f', line {line}' if line else ''}: {message}")


class Changed(FileProblem):
    """Someone else saved the file after it was read."""


@dataclass(frozen=True)
class Draft:
    """A file as it is to be written.

    Attributes:
        before: what it held when it was read; None for a new file.
    """

    path: Path
    before: str | None
    text: str


def read(path: Path) -> str:
    """The text of a file, line ends as they are, without a byte order mark.

    Raises:
        FileProblem: if it is missing or not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise FileProblem(path, None, "is not UTF-8 text. Save it again as UTF-8.") from error
    except OSError as error:
        raise FileProblem(path, None, f"can't be read: {error.strerror}") from error


def parse_yaml(path: Path, text: str) -> Any:
    """What a YAML text holds, with the line of each part (`value.lc`), and its comments.

    Raises:
        FileProblem: at the line where it is broken.
    """
    try:
        return round_trip().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        broken = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
        tab = "\t" in broken[: len(broken) - len(broken.lstrip())]
        why = "has a tab; indent with spaces" if tab else error.problem or error.context or "is not YAML"
        raise FileProblem(path, line, why) from error
    except YAMLError as error:
        raise FileProblem(path, None, f"is not YAML: {error}") from error


def dump_yaml(value: Any) -> str:
    """The text of what `parse_yaml` gave, with its comments and in the project's layout."""
    out = io.StringIO()
    round_trip().dump(value, out)
    return out.getvalue()


def round_trip() -> YAML:
    """YAML that keeps comments, quotes and order."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def save(drafts: Sequence[Draft], root: Path = Path()) -> None:
    """Write files, all of them or none.

    Raises:
        Changed: if one no longer holds what was read from it; nothing is written then.
        FileProblem: if one can't be written; those written before it are put back.
    """
    with _locked(root):
        for draft in drafts:
            if (read(draft.path) if draft.path.exists() else None) != draft.before:
                raise Changed(
                    draft.path, None, "was changed by someone else meanwhile. Nothing was saved; look again."
                )
        done: list[Draft] = []
        try:
            for draft in drafts:
                _replace(draft.path, draft.text)
                done.append(draft)
        except OSError as error:
            for written in done:
                if written.before is None:
                    written.path.unlink()
                else:
                    _replace(written.path, written.before)
            raise FileProblem(draft.path, None, f"can't be written: {error.strerror}") from error


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    lock = root / LOCK
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
