"""`charley status`: what answers now, since when, and what has changed since."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from charley.rasa.inputs import made_from
from charley.rasa.server import HOST, RUNNING
from charley.rasa.training import CANDIDATE, MODEL
from charley.trainers import models
from charley.trainers.quality import figures
from charley.trainers.quality.figures import Figures, Share
from charley.trainers.status import lines, status
from charley.trainers.withdraw import withdraw
from tests.conftest import ROOT, free_ports
from tests.trainers.archives import FACT, archive


@pytest.fixture
def port() -> Iterator[int]:
    """A port that something listens on."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen()
        yield int(listening.getsockname()[1])


@pytest.fixture
def nobody() -> int:
    """A port that nothing listens on."""
    return free_ports(1)[0]


@pytest.fixture
def trained(project: Path) -> str:
    """A model of the project as it is, the second one; gives what it was made from."""
    made = made_from()
    archive(CANDIDATE, "first")
    models.take()
    archive(CANDIDATE, made.inputs, files=made.files, examples=made.examples)
    models.take()
    return made.inputs


def told(port: int) -> str:
    return "\n".join(lines(status(port=port)))


def test_without_a_model_it_says_how_to_get_one(project: Path, nobody: int) -> None:
    assert told(nobody).splitlines() == [
        "There is no model. Train one with: charley train",
        "No server runs here.",
    ]


def test_it_tells_the_model_what_it_holds_its_figures_and_the_one_before(trained: str, nobody: int) -> None:
    shares = {"intents": Share(430, 461)}
    figures.add(Figures("2026-11-30", trained[:12], "apart", shares, 20.9, 200.0))
    found = status(port=nobody)
    assert found.model is not None
    assert found.model.name == "charley-0002.tar.gz"
    assert found.before is not None
    assert found.since is not None
    assert abs((found.since - datetime.now(timezone.utc)).total_seconds()) < 300
    text = told(nobody)
    assert f"trained 2026-11-30 10:00 UTC from inputs {trained[:12]}" in text
    assert f"{sum(made_from().examples.values())} examples" in text
    assert "measured 2026-11-30: intents 430 of 461" in text
    assert "before it: charley-0001.tar.gz (charley undo)" in text
    assert "Nothing has changed since it was trained." in text


def test_it_names_what_has_changed_since(trained: str, nobody: int) -> None:
    list(withdraw(FACT, "to see"))
    with Path("data/nlu/small_talk.yml").open("a", encoding="utf-8") as examples:
        examples.write("    - hullo there you\n")
    changes = status(port=nobody).changes
    assert changes is not None
    assert changes.withdrawn == (FACT,)
    assert len(changes.examples) == 1
    assert "data/nlu/small_talk.yml" in changes.files
    assert f"facts withdrawn: {FACT}" in told(nobody)


def test_broken_data_are_told_and_the_model_is_told_all_the_same(trained: str, nobody: int) -> None:
    with Path("data/facts/facts.csv").open("a", encoding="utf-8") as facts:
        facts.write("half,a row\n")
    text = told(nobody)
    assert "In service: charley-0002.tar.gz" in text
    assert "can't be used; the model in service goes on without them" in text
    assert "facts.csv, row " in text


def test_a_model_that_was_copied_there_is_told(project: Path, model: Path, nobody: int) -> None:
    MODEL.parent.mkdir()
    shutil.copy(model, MODEL)
    assert "In service: charley.tar.gz" in told(nobody)


def test_a_candidate_that_was_not_taken_is_told(trained: str, nobody: int) -> None:
    archive(CANDIDATE, "worse")
    assert "models/candidate.tar.gz was trained and not taken" in told(nobody)


def say(port: int, model: Path) -> None:
    """As a server does at its start."""
    made = model.stat().st_mtime_ns
    started = "2026-11-30T11:00:00+00:00"
    RUNNING.parent.mkdir(exist_ok=True)
    RUNNING.write_text(json.dumps({"port": port, "started": started, "model": str(model), "made": made}))


def test_a_server_with_the_model_in_service_is_told(trained: str, port: int) -> None:
    served = models.in_service()
    assert served is not None
    say(port, served)
    assert told(port).endswith(
        f"A server runs on port {port} since 2026-11-30 11:00 UTC, with charley-0002.tar.gz."
    )


def test_a_server_that_started_before_the_model_was_made_is_told_to_answer_with_the_older_one(
    trained: str, port: int
) -> None:
    served = models.in_service()
    assert served is not None
    say(port, served)
    archive(CANDIDATE, "newer")
    models.take()
    server = status(port=port).server
    assert server is not None
    assert server.older
    assert "with charley-0002.tar.gz: it still answers with that older one; start it again." in told(port)


def test_what_listens_there_and_is_no_server_of_this_folder_is_told(trained: str, port: int) -> None:
    assert "it is no server started in this folder" in told(port)
    served = models.in_service()
    assert served is not None
    say(port + 1, served)
    assert "it is no server started in this folder" in told(port)


def test_looking_takes_a_second_as_nothing_slow_is_imported_for_it() -> None:
    slow = {"rasa", "spacy", "sklearn", "scipy", "onnxruntime", "tensorflow"}
    code = f"import sys, charley.trainers.status; sys.exit(str({slow} & set(sys.modules)) if {slow} & set(sys.modules) else 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
