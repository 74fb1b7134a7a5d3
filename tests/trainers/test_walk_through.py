"""docs/trainers/subject.md, step by step as it stands there, in a clean clone, with a real training."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path("docs/trainers/subject.md")
BLOCK = re.compile(
    r"^```sh run\n(?P<commands>.*?)^```\n(?:\s*^```text shows\n(?P<shows>.*?)^```$)?", re.M | re.S
)
NO_PYTHON = re.compile(r"\.pyi?$")


@dataclass(frozen=True)
class Step:
    """A box to paste, and lines that the page says it shows."""

    commands: str
    shows: list[str]


def steps(page: Path) -> list[Step]:
    """The boxes of a page that are marked to be run, in order."""
    text = page.read_text(encoding="utf-8")
    return [Step(m["commands"], (m["shows"] or "").splitlines()) for m in BLOCK.finditer(text)]


def test_every_box_of_the_page_is_a_step_that_is_run(root: Path) -> None:
    text = (root / PAGE).read_text(encoding="utf-8")
    assert (
        len(steps(root / PAGE))
        == len(re.findall(r"^```sh", text, re.M))
        == len(re.findall(r"^## \d", text, re.M))
    )
    assert sum(bool(step.shows) for step in steps(root / PAGE)) == len(re.findall(r"^```text", text, re.M))


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_subject_is_added_as_the_page_says_and_no_python_is_touched(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "charley"
    subprocess.run(["git", "clone", "-q", root, clone], check=True, timeout=60)
    (clone / ".venv").symlink_to(root / ".venv")  # what `make setup` makes
    someone = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A",
               "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_PAGER": "cat", "PYTHONPATH": str(clone)}  # fmt: skip
    for number, step in enumerate(steps(root / PAGE), start=1):
        started = time.monotonic()
        done = subprocess.run(
            ["sh", "-e"],
            input=step.commands,
            cwd=clone,
            env={**os.environ, **someone},
            capture_output=True,
            text=True,
            timeout=1200,
        )
        print(f"\nstep {number}: {time.monotonic() - started:.0f} s")
        assert done.returncode == 0, f"step {number}: {done.stdout}\n{done.stderr}"
        missing = [line for line in step.shows if line not in done.stdout]
        assert missing == [], f"step {number} does not show {missing}, but:\n{done.stdout}"
    changed = subprocess.run(
        ["git", "diff", "--name-only", "origin/HEAD"], cwd=clone, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "data/facts/facts.csv" in changed
    assert [path for path in changed if NO_PYTHON.search(path)] == []
