"""The trainers' page as it is opened: `charley page` in a process and a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from charley.trainers.page.access import VARIABLE
from tests.conftest import ROOT, free_ports

START_SECONDS = 120
FILES = ("config.yml", "domain.yml", "endpoints.yml")
FOLDERS = ("data", "tests/conversations/dialogues")


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
