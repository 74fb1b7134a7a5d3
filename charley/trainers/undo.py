"""The course of `charley undo`: the model before is in service again, and what that changes is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from charley.knowledge import read_model
from charley.rasa.inputs import read_label
from charley.trainers import models
from charley.trainers.changes import between
from charley.trainers.quality.comparison import compare, table
from charley.trainers.quality.figures import history, of_inputs

RESTART = "A server that runs goes on with the model that it started with: stop it and start it again."


def undo(root: Path = Path(), back: bool = False) -> Iterator[str]:
    """Put the model before in service (or the one undone last, `back`), and tell what that changes.

    Raises:
        charley.trainers.models.NoSuchModel: if there is none.
    """
    if not back and models.before(root):
        models.adopt(root)  # so that the one undone has a file of its own
    was = models.in_service(root)
    now = models.go_forward(root) if back else models.go_back(root)
    yield f"In service now: {described(now)}"
    if was is None:
        return
    yield f"Before: {described(was)}"
    yield from (f"  {line}" for line in between(was, now).lines())
    rows = history(root)
    labels = read_label(now), read_label(was)
    figures = [of_inputs(label.inputs, rows) if label else None for label in labels]
    if figures[0] and figures[1]:
        yield from table(compare(figures[0], figures[1]), figures[0], figures[1])
    yield RESTART
    if not back:
        yield "data/ still holds what is undone: mend it before you train again. (charley undo --back takes it back.)"


def listed(root: Path = Path()) -> Iterator[str]:
    """All models that are kept, oldest first, a line each."""
    served, undone = models.in_service(root), models.undone(root)
    kept = models.line(root)
    for path in kept if served is None or served in kept else [*kept, served]:
        mark = "*" if path == served else " "
        yield f"{mark} {described(path)}{' (undone)' if path in undone else ''}"
    yield "* is in service." if served else "There is no model in service. Train one with: charley train"


def described(path: Path) -> str:
    """A model in a line: its file, when and from what it was trained, how much it holds."""
    made, table = read_label(path), read_model(path).table
    trained = (
        f"trained {made.trained[:16].replace('T', ' ')} UTC from {made.name or 'edited files'}, "
        if made
        else ""
    )
    examples = f", {sum(made.examples.values())} examples" if made else ""
    return f"{path.name}, {trained}{len(table.facts)} facts on {len(table.subjects)} subjects{examples}"
