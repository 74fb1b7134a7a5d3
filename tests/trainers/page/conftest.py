"""The trainers' page as it is opened: `charley page` in a process and a folder of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from charley.trainers.page.access import VARIABLE
from tests.conftest import ROOT, free_ports

if TYPE_CHECKING:
    from charley.rasa.assistant import Assistant

START_SECONDS = 120
FILES = ("config.yml", "domain.yml", "endpoints.yml")
FOLDERS = ("data", "tests/conversations", "tests/development", "tests/held_out")


@dataclass
class Opened:
    """A running page and the folder that it works in."""

    url: str
    home: Path
    process: subprocess.Popen[str]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def folder(home: Path) -> Path:
    """All that trainers write, copied to where tests may change it."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, home / name)
    for name in FILES:
        shutil.copy(ROOT / name, home / name)
    return home


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "charley", "page", *map(str, arguments)]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return {**kept, "NO_COLOR": "1", **variables}


def opened(home: Path, **variables: str) -> Opened:
    """Open the page in `home` and wait until it answers."""
    (port,) = free_ports(1)
    log = (home / "page.log").open("w")
    process = subprocess.Popen(
        command("--port", port), cwd=home, env=environment(**variables), stdout=log, stderr=log, text=True
    )
    page = Opened(f"http://127.0.0.1:{port}", home, process)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(page.url, timeout=5)
        except requests.ConnectionError:
            assert process.poll() is None, (home / "page.log").read_text()
            assert time.monotonic() < deadline, "the page does not open"
            time.sleep(0.1)
        else:
            return page


@pytest.fixture(scope="module")
def without_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The page on loopback, in a folder without a model."""
    page = opened(folder(tmp_path_factory.mktemp("open")))
    yield page
    page.close()


@pytest.fixture(scope="module")
def with_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The same, where trainers are named."""
    page = opened(folder(tmp_path_factory.mktemp("closed")), **{VARIABLE: TRAINERS})
    yield page
    page.close()


PASSWORDS = {"ann": "correct horse battery", "ben": "staple=with=signs"}
TRAINERS = ",".join(f"{name}={password}" for name, password in PASSWORDS.items())

TALKS = {
    "asks on": ["which foods have magnesium?", "and potassium?"],
    "an emergency": ["i have chest pain"],
    "something else": ["who will win the football world cup"],
    "a gap": ["does zinc help with cramps?"],
    "tells who she is": ["my name is Mary Poppins, my number is 07700 900123, what causes cramps?"],
}


@pytest.fixture(scope="session")
def trainers_page(
    model: Path, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """The page with the real model, and a store with some real talks."""
    home = folder(tmp_path_factory.mktemp("trainers"))
    (home / "models").mkdir()
    (home / "models" / model.name).symlink_to(model)
    with ThreadPoolExecutor(1) as apart:  # from Playwright, whose own loop runs in this thread
        apart.submit(asyncio.run, keep_talks(assistant, home)).result()
    write_figures(home)
    page = opened(home)
    while "Answering: the model" not in standing(page.url):
        assert page.process.poll() is None, (home / "page.log").read_text()
        time.sleep(0.5)  # pytest's own time limit ends it
    yield page
    page.close()


def write_figures(home: Path) -> None:
    """Two trainings, the second of which misses an emergency more, and what it mistook."""
    from charley.trainers.quality.details import Details, Guess, write
    from charley.trainers.quality.figures import Figures, Share, add

    (home / "docs").mkdir()
    for day, right, missed in ((1, 900, 2), (2, 940, 3)):
        shares = {"cross_validated": Share(right, 1000), "emergencies_missed": Share(missed, 500)}
        add(Figures(f"2026-11-0{day}T10:00:00+00:00", f"{day}" * 8, "the same", shares, 20.8, 200.0), home)
    guesses = [Guess("why do i cramp at all", "ask_causes", "ask_role")] * 3
    guesses += [Guess("what is a cramp", "ask_definition", "ask_definition")] * 5
    write(Details("2" * 8, "", "the same", {}, guesses), home)


def standing(url: str) -> str:
    """What the header says, asked for as the page itself does."""
    outputs = [{"id": "standing", "property": "children"}, {"id": "clock", "property": "interval"}]
    body = {
        "output": "..standing.children...clock.interval..",
        "outputs": outputs,
        "inputs": [{"id": "clock", "property": "n_intervals", "value": 0}],
        "changedPropIds": [],
    }
    answer = requests.post(f"{url}/_dash-update-component", json=body, headers={"Origin": url}, timeout=60)
    assert answer.ok, answer.text
    return answer.text


async def keep_talks(assistant: Assistant, home: Path) -> None:
    """Hold the talks, and store them as a server would."""
    from rasa.core.tracker_store import SQLTrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.trackers import DialogueStateTracker

    (home / "var").mkdir()
    store = SQLTrackerStore(Domain.load(str(home / "domain.yml")), db=str(home / "var" / "conversations.db"))
    for name, turns in TALKS.items():
        sender = f"widget-{name.replace(' ', '-')}"
        await assistant.erase(sender)
        for turn in turns:
            await assistant.turn(sender, turn)
        await store.save(DialogueStateTracker.from_events(sender, await assistant.events(sender)))
    store.engine.dispose()
