"""deploy/switch.sh: another version in service, and back, in one command each. A stand-in for docker notes what it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
DOCKER = """#!/bin/sh
case "$1" in
image) [ "$3" != "charley/rasa:9.9.9" ] ;;
compose) echo "$(sed -n 's/^CHARLEY_TAG=//p' .env) $*" >> calls; [ "$(eval echo \\${$#})" != "$BROKEN" ] ;;
esac
"""
UP = "compose up -d --no-deps --no-build --wait"


class Machine:
    """A folder deploy/ in which 0.1.0 is in service."""

    def __init__(self, home: Path) -> None:
        self.home = home
        shutil.copy(DEPLOY / "switch.sh", home)
        shutil.copy(DEPLOY / "env.example", home / ".env")
        (home / "docker").write_text(DOCKER, encoding="utf-8")
        (home / "docker").chmod(0o755)

    def switch(self, *to: str, broken: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.home}:{os.environ['PATH']}", "BROKEN": broken}
        command = ["sh", str(self.home / "switch.sh"), *to]
        return subprocess.run(command, env=environment, capture_output=True, text=True, cwd="/")

    def calls(self) -> list[str]:
        """What docker was told to bring up since the last time, each with the tag of the moment."""
        place = self.home / "calls"
        lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
        place.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_each_server_gets_it_in_turn_those_that_are_asked_first(machine: Machine) -> None:
    done = machine.switch("0.2.0")
    assert done.returncode == 0, done.stderr
    order = ["actions-a", "actions-b", "rasa-a", "rasa-b"]
    assert machine.calls() == [f"0.2.0 {UP} {server}" for server in order]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert {name for name in services if name.startswith(("rasa-", "actions-"))} == set(order)


def test_one_command_goes_back_the_other_way_round_and_again_forth(machine: Machine) -> None:
    machine.switch("0.2.0")
    machine.calls()
    assert machine.switch("--back").returncode == 0
    order = ["rasa-a", "rasa-b", "actions-a", "actions-b"]
    assert machine.calls() == [f"0.1.0 {UP} {server}" for server in order]
    machine.switch("--back")
    assert machine.calls()[0].startswith("0.2.0 ")


def test_nothing_else_that_was_chosen_changes(machine: Machine) -> None:
    before = (machine.home / ".env").read_text(encoding="utf-8")
    machine.switch("0.2.0")
    assert (machine.home / ".env").read_text(encoding="utf-8") == before.replace("=0.1.0", "=0.2.0")


def test_a_server_that_does_not_get_healthy_leaves_the_others_alone_and_one_goes_back(
    machine: Machine,
) -> None:
    done = machine.switch("0.2.0", broken="rasa-a")
    assert done.returncode == 1
    assert "Go back: ./switch.sh --back" in done.stderr
    assert not any(call.endswith("rasa-b") for call in machine.calls())
    assert machine.switch("--back").returncode == 0
    assert machine.calls()[0] == f"0.1.0 {UP} rasa-a"


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ([], "Say which version"),
        (["--back"], "no version before"),
        (["0.1.0"], "in service already"),
        (["9.9.9"], "no image charley/rasa:9.9.9"),
        (["a tag; rm -rf"], "is no tag"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_line_and_nothing_touched(
    to: list[str], said: str, machine: Machine
) -> None:
    done = machine.switch(*to)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert machine.calls() == []
    assert not (machine.home / ".tag-before").exists()
