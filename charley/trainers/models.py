"""The models at hand: which one is in service, which were before it, and how to go back.

models/charley.tar.gz is a link to one of models/charley-0001.tar.gz, charley-0002.tar.gz, …, in the
order in which they came into service. One rename puts another in service: whatever stops it
half-way, the link leads to a whole model.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from charley.rasa.training import CANDIDATE, MODEL

KEPT = 5  # models, the one in service among them; each has about 20 MB
NUMBERED = re.compile(r"charley-(\d{4,})\.tar\.gz")


class NoSuchModel(LookupError):
    """There is no model to go back or forward to; the message says why, in a line."""


def in_service(root: Path = Path()) -> Path | None:
    """The archive that the next start serves; None where there is none."""
    served = root / MODEL
    return served.resolve() if served.exists() else None


def since(root: Path = Path()) -> datetime | None:
    """When the model in service was put there."""
    served = root / MODEL
    return datetime.fromtimestamp(served.lstat().st_mtime, timezone.utc) if served.exists() else None


def line(root: Path = Path()) -> list[Path]:
    """All models that are kept, in the order in which they came into service."""
    kept = [path for path in (root / MODEL).parent.glob("charley-*.tar.gz") if NUMBERED.fullmatch(path.name)]
    return sorted((path.resolve() for path in kept), key=_number)


def before(root: Path = Path()) -> Path | None:
    """The model that was in service before this one, if it is kept."""
    earlier, _ = _around(root)
    return earlier[-1] if earlier else None


def undone(root: Path = Path()) -> Sequence[Path]:
    """The models that were undone since the last training, the one undone last first."""
    return _around(root)[1]


def take(root: Path = Path()) -> Path:
    """Put the candidate in service and give its new place; those undone before are let go.

    Raises:
        NoSuchModel: if there is no candidate.
    """
    candidate = root / CANDIDATE
    if not candidate.exists():
        raise NoSuchModel(f"There is no {CANDIDATE}. Train one with: charley train")
    adopt(root)
    passed = undone(root)
    place = _next(root)
    _copy(candidate, place)
    _serve(place, root)
    candidate.unlink()  # only now: a candidate tells the next training that this one was not finished
    for path in [*passed, *(path for path in line(root)[:-KEPT])]:
        path.unlink()
    return place


def go_back(root: Path = Path()) -> Path:
    """Put the model before in service again; the one undone stays, to be had back.

    Raises:
        NoSuchModel: if none is kept.
    """
    earlier = before(root)
    if earlier is None:
        raise NoSuchModel("There is no model before this one: nothing to go back to.")
    adopt(root)
    _serve(earlier, root)
    return earlier


def go_forward(root: Path = Path()) -> Path:
    """Put the model that was undone last in service again.

    Raises:
        NoSuchModel: if none was undone since the last training.
    """
    later = undone(root)
    if not later:
        raise NoSuchModel("Nothing was undone since the last training.")
    _serve(later[0], root)
    return later[0]


def adopt(root: Path) -> None:
    """Give a model that was put in service by other means its place in the line."""
    served = root / MODEL
    if served.exists() and not served.is_symlink():
        place = _next(root)
        _copy(served, place)
        _serve(place, root)


def _around(root: Path) -> tuple[list[Path], list[Path]]:
    """The models before the one in service, and those after it."""
    served = in_service(root)
    if served is None:
        return line(root), []
    number = _number(served)
    others = [path for path in line(root) if path != served]
    return [p for p in others if _number(p) < number], [p for p in others if _number(p) > number]


def _serve(path: Path, root: Path) -> None:
    served = root / MODEL
    link = served.with_name(f".{served.name}.link")
    link.unlink(missing_ok=True)
    link.symlink_to(path.name)
    os.replace(link, served)


def _copy(path: Path, place: Path) -> None:
    """The same file at another place, whole or not at all; at no cost where the disk has hard links."""
    try:
        os.link(path, place)
    except OSError:
        scratch = place.with_name(f".{place.name}.new")
        shutil.copyfile(path, scratch)
        os.replace(scratch, place)


def _next(root: Path) -> Path:
    number = 1 + max(map(_number, line(root)), default=0)
    return (root / MODEL).with_name(f"charley-{number:04d}.tar.gz")


def _number(path: Path) -> int:
    """The place of a model in the line; a file without a number came after all that are numbered."""
    found = NUMBERED.fullmatch(path.name)
    return int(found[1]) if found else 10**9
