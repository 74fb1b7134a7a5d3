"""The course of `charley train`: train, measure, hold against the model before, put in service."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from charley.knowledge import read_model
from charley.rasa import training
from charley.rasa.inputs import MadeFrom, inputs_fingerprint, read_label
from charley.rasa.training import CANDIDATE, MODEL, TrainingFailed
from charley.trainers import models
from charley.trainers.changes import between
from charley.trainers.quality import details, figures, messages
from charley.trainers.quality.comparison import compare, table
from charley.trainers.quality.figures import Figures, Share
from charley.trainers.quality.measure import can_measure, measure

LOCK = Path("var/training.lock")


class Dropped(RuntimeError):
    """The new model does worse than the margins allow; the message says where, and what can be done."""


def train(force: bool = False, measured: bool = True, accept: str = "") -> None:
    """Train the files of the current folder, if they changed, and put the new model in service.

    Args:
        force: also where nothing has changed, and all anew.
        measured: whether the model is measured first, and only taken if it does not do worse.
        accept: why it is taken even if it does; written beside its figures.

    Raises:
        charley.knowledge.KnowledgeError: if data/ is broken.
        TrainingFailed: if there is no new model.
        Dropped: if it does worse; the candidate is kept.
        charley.trainers.files.FileProblem: if docs/quality.csv can't be read or written.
    """
    with _alone():
        if not force:
            if training.is_current():
                print("Nothing has changed since the last training.")
                return
            if not training.is_current(CANDIDATE) and _is_undone():
                return
        if not force and training.is_current(CANDIDATE):
            print(f"Trained already: {CANDIDATE}", flush=True)
        else:
            training.train(force)
        made = read_label(CANDIDATE)
        assert made is not None  # every training puts one in
        if measured and can_measure():
            _measure(made, force, accept)
        elif measured:
            print(f"There is nothing to measure on here (no {messages.HELD_OUT}/): taken as it is.")
        _say_what_is_back()
        place = models.take()
        print(f"In service now: {MODEL} ({place.name})")
        if not made.inputs:
            print("Files were edited while it trained: run `charley train` again.")


def _measure(made: MadeFrom, force: bool, accept: str) -> None:
    """Measure the candidate, write its row, and raise Dropped where it must not be taken."""
    rows = figures.history()
    served = models.in_service()
    label = read_label(served) if served else None
    before = figures.of_inputs(label.inputs if label else "", rows) or (rows[-1] if rows else None)
    found = None if force else details.last()
    apart = messages.fingerprint()
    if found is None or not made.inputs or (found.inputs, found.messages) != (made.inputs, apart):
        found = measure(CANDIDATE, made)
    now = Figures(
        date=datetime.now(timezone.utc).date().isoformat(),
        inputs=made.name,
        messages=found.messages,
        shares={name: Share(*share) for name, share in found.shares.items()},
        megabytes=CANDIDATE.stat().st_size / 1e6,
        seconds=made.seconds,
    )
    compared = compare(now, before)
    print("\n".join(table(compared, now, before)), flush=True)
    dropped = [each for each in compared if each.dropped]
    if dropped and not accept:
        raise Dropped(
            "\n".join(
                [
                    "The new model is not taken, because it does worse:",
                    *(
                        f"  {d.measure.title}: {d.now.count} of {d.now.total}, before {d.before.count} of "
                        f"{d.before.total} ({d.measure.why})"
                        for d in dropped
                        if d.before
                    ),
                    f"The model before stays in service. The new one is kept as {CANDIDATE}.",
                    'Mend data/ and train again, or take it all the same: charley train --accept-drop "why"',
                ]
            )
        )
    if made.inputs and figures.add(replace(now, accepted=accept if dropped else "")):
        print(f"Written to {figures.FILE}: a row to commit with what you changed.")


def _is_undone() -> bool:
    """Say so where the files at hand would only give a model again that was undone."""
    at_hand = inputs_fingerprint()
    for path in models.undone():
        label = read_label(path)
        if label is not None and label.inputs == at_hand:
            print(f"data/ still holds what you undid: {_told(path)}.")
            print("Nothing was trained. Mend data/, or take it back with: charley undo --back")
            return True
    return False


def _say_what_is_back() -> None:
    """Say which facts that were undone the candidate holds all the same."""
    later = models.undone()
    if not later:
        return
    served = models.in_service()
    assert served is not None  # nothing is undone without one
    gone = between(served, later[-1])
    old, new = read_model(later[-1]).table.facts, read_model(CANDIDATE).table.facts
    back = [id_ for id_ in (*gone.added, *gone.changed) if id_ in new and new[id_] == old[id_]]
    back += [id_ for id_ in gone.withdrawn if id_ not in new]
    if back:
        print(f"data/ still holds what you undid, and so does the new model: {', '.join(back)}.")


def _told(undone: Path) -> str:
    served = models.in_service()
    assert served is not None  # nothing is undone without one
    return "; ".join(between(served, undone).lines()) or undone.name


@contextmanager
def _alone() -> Iterator[None]:
    """Only one training at a time in a folder."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TrainingFailed("another training is running here; wait for it.") from error
        yield
