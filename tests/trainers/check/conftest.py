"""A small project that passes every check, made of the real one but for examples, signs and tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from charley.trainers.check import fixes
from charley.trainers.check.examples import MIN_EXAMPLES, NEVER_TRAINED
from charley.trainers.check.project import Project
from tests.conftest import ROOT

KEPT = ("facts", "rules", "stories", "questions.yml")  # of data/
KEPT_OF_CARE = ("check_up.yml", "numbers.csv", "README.md")
SWELLING = """\
flag: swelling
level: urgent_same_day
source: a guideline
because: A swollen leg may be a clot.
patterns:
- "$leg & swollen|puffy"
families:
- name: plain
  wordings:
  - my left calf has blown up like a balloon since breakfast
  - "one leg looks puffy and feels hot, the other one does not"
look_alikes:
- name: other_things_that_swell
  wordings:
  - the river is swollen after all that rain today
"""
CHEST = """\
flag: chest_pain
level: emergency
source: a guideline
patterns:
- "chest & pain|tight"
families:
- name: plain
  wordings:
  - there is an elephant sitting on top of my chest
look_alikes:
- name: furniture
  wordings:
  - which chest of drawers goes with an oak bed
"""
WORDS = 'groups:\n  leg: "leg|calf"\nnotes:\n  fever: ["fever"]\n'
CAUTIONS = """\
- id: possible_clot
  source: a guideline
  flags: [swelling]
  attributes: [relief]
  say: Ask first.
"""
HELD_OUT_CARE = """\
flag: swelling
level: urgent_same_day
families:
- name: held_out
  wordings:
  - overnight the whole of my right leg has become very thick
"""
DIALOGUE = "- name: hello\n  turns:\n  - user: 'good day to you, dear machine'\n    intent: greet\n"
STORY = """\
version: "3.1"
stories:
- story: hello
  steps:
  - user: |
      is there [magnesium](subject) in [nuts](subject)?
    intent: ask_food_sources
"""


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project, made once; not to be changed."""
    home = tmp_path_factory.mktemp("small")
    for name in KEPT:
        source = ROOT / "data" / name
        (shutil.copytree if source.is_dir() else copy)(source, home / "data" / name)
    for name in KEPT_OF_CARE:
        copy(ROOT / "data" / "care" / name, home / "data" / "care" / name)
    for name in ("domain.yml", "config.yml"):
        copy(ROOT / name, home / name)
    shutil.copytree(ROOT / "widget" / "drawings", home / "widget" / "drawings")
    intents = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    made = {
        "data/care/flags/swelling.yml": SWELLING,
        "data/care/flags/chest_pain.yml": CHEST,
        "data/care/words.yml": WORDS,
        "data/care/cautions.yml": CAUTIONS,
        "data/nlu/all.yml": examples([intent for intent in intents if intent not in NEVER_TRAINED]),
        "tests/held_out/intents.csv": 'text,intent\n"so, what is it that bananas hold",ask_food_sources\n',
        "tests/held_out/care/swelling.yml": HELD_OUT_CARE,
        "tests/conversations/dialogues/hello.yml": DIALOGUE,
        "tests/stories/test_stories.yml": STORY,
    }
    for name, text in made.items():
        write(home / name, text)
    fixes.apply(Project(home))
    return home


@pytest.fixture
def small(pattern: Path, tmp_path: Path) -> Path:
    """A copy of the small project, to be broken."""
    shutil.copytree(pattern, tmp_path / "small")
    return tmp_path / "small"


def examples(intents: list[str]) -> str:
    """As many examples of each intent as it needs; a word each: askrelief7."""
    lines = ['version: "3.1"', "nlu:"]
    for intent in intents:
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {intent.replace('_', '')}{number}" for number in range(1, MIN_EXAMPLES + 1)]
    return "\n".join(lines) + "\n"


def copy(source: Path, target: Path) -> Any:
    target.parent.mkdir(parents=True, exist_ok=True)
    return shutil.copy(source, target)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
