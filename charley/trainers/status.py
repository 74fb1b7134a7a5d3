"""What answers now, since when, and what has changed since: `charley status` and the trainer's page."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from charley.facts.load import TableError
from charley.facts.table import FactTable
from charley.knowledge import KnowledgeError, read_model
from charley.rasa.inputs import MadeFrom, read_label
from charley.rasa.server import HOST, PORT, RUNNING
from charley.rasa.training import CANDIDATE
from charley.trainers import models
from charley.trainers.changes import Changes, since_training
from charley.trainers.files import FileProblem
from charley.trainers.quality.figures import Figures, history, of_inputs


@dataclass(frozen=True)
class Server:
    """What listens on the port.

    Attributes:
        model: the archive that it loaded at its start; None where it did not say.
        older: whether that is another than the one in service now; None where nobody knows.
    """

    port: int
    started: datetime | None = None
    model: Path | None = None
    older: bool | None = None


@dataclass(frozen=True)
class Status:
    """The state of a folder.

    Attributes:
        model: the archive in service; None where there is none.
        since: when it was put there.
        made: what it was trained from; None where plain `rasa train` made it.
        table: its facts, subjects and sources.
        changes: what the files at hand have that it has not; None where they can't be read.
        problem: why they can't, or why the model can't.
        before: the model to go back to.
        candidate: whether one was trained and not taken.
        figures: of its training.
        server: what listens on the port, if anything does.
    """

    model: Path | None = None
    since: datetime | None = None
    made: MadeFrom | None = None
    table: FactTable | None = None
    changes: Changes | None = None
    problem: str = ""
    before: Path | None = None
    candidate: bool = False
    figures: Figures | None = None
    server: Server | None = None


def status(root: Path = Path(), port: int = PORT) -> Status:
    """Look at a folder, and at a port of this machine; takes a second."""
    served = models.in_service(root)
    server = _server(root, port, served)
    if served is None:
        return Status(server=server)
    made, table, changes, problem, figures = read_label(served), None, None, "", None
    try:
        table = read_model(served).table
        changes = since_training(table.facts, made, root)
        figures = of_inputs(made.inputs, history(root)) if made else None
    except (KnowledgeError, TableError, FileProblem) as error:
        problem = str(error)
    return Status(
        served,
        models.since(root),
        made,
        table,
        changes,
        problem,
        models.before(root),
        (root / CANDIDATE).exists(),
        figures,
        server,
    )


def lines(found: Status) -> Iterator[str]:
    """What `charley status` prints."""
    if found.model is None:
        yield "There is no model. Train one with: charley train"
    else:
        yield f"In service: {found.model.name}, since {_time(found.since)}"
        if found.made:
            yield f"  trained {_time(_parsed(found.made.trained))} from inputs {found.made.name or 'edited meanwhile'}"
        if found.table:
            examples = f", {sum(found.made.examples.values())} examples" if found.made else ""
            t = found.table
            yield f"  {len(t.facts)} facts on {len(t.subjects)} subjects from {len(t.sources)} sources{examples}"
        if found.figures:
            told = (
                f"{name.replace('_', ' ')} {share.count} of {share.total}"
                for name, share in found.figures.shares.items()
            )
            yield f"  measured {found.figures.date}: {', '.join(told)}"
        else:
            yield "  not measured (docs/quality.csv has no row of it)"
        yield (
            f"  before it: {found.before.name} (charley undo)"
            if found.before
            else "  no model before it is kept"
        )
        yield from _at_hand(found)
    yield from _of_server(found.server)


def _at_hand(found: Status) -> Iterator[str]:
    if found.problem:
        yield "The files at hand can't be used; the model in service goes on without them:"
        yield from (f"  {line}" for line in found.problem.splitlines())
    elif found.changes:
        yield "Changed since it was trained (charley train takes it in):"
        yield from (f"  {line}" for line in found.changes.lines())
    elif found.made is None:
        yield "No fact has changed since; what else it was made from is not known: charley train did not make it."
    elif found.changes is not None:
        yield "Nothing has changed since it was trained."
    if found.candidate:
        yield f"{CANDIDATE} was trained and not taken: it did worse, or its training was broken off."


def _of_server(server: Server | None) -> Iterator[str]:
    if server is None:
        yield "No server runs here."
    elif server.model is None:
        yield f"Something listens on port {server.port}; it is no server started in this folder."
    else:
        told = ": it still answers with that older one; start it again" if server.older else ""
        yield f"A server runs on port {server.port} since {_time(server.started)}, with {server.model.name}{told}."


def _server(root: Path, port: int, served: Path | None) -> Server | None:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((HOST, port)):
            return None
    try:
        told = json.loads((root / RUNNING).read_text(encoding="utf-8"))
        if told["port"] != port:
            return Server(port)
        model = Path(told["model"])
        older = model != served or not model.exists() or told["made"] != model.stat().st_mtime_ns
        return Server(port, _parsed(told["started"]), model, older)
    except (OSError, ValueError, KeyError):
        return Server(port)


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.fromtimestamp(0, timezone.utc)


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC" if moment else "?"
