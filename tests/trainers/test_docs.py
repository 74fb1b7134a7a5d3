"""What docs/trainers/ tells people to type, open and follow is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from charley.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "trainers").glob("*.md"))
COMMANDS = {
    name: {option for parameter in command.params for option in parameter.opts}
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
}
TYPED = re.compile(r"\.venv/bin/charley ([a-z]+)((?: +(?:--[a-z-]+|[^\s`|]+))*)")
PATH = re.compile(r"`((?:data|tests|docs|charley)/[\w./<>*-]+)`")
MADE = {"tests/conversations/dialogues/zinc.yml", "data/facts/withdrawn.csv"}  # in the course of a page


def ids(path: Path) -> str:
    return path.name


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_there_is_a_page_for_each_thing_that_the_first_page_lists() -> None:
    first = (ROOT / "docs" / "trainers" / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES} == {"README.md", *re.findall(r"\(([\w-]+\.md)\)", first)}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    for command, rest in TYPED.findall(page.read_text(encoding="utf-8")):
        assert command in COMMANDS
        unknown = [option for option in re.findall(r"--[a-z-]+", rest) if option not in COMMANDS[command]]
        assert unknown in ([], ["--help"]), f"charley {command} has no {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(
        r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8").replace("\n  ", "")
    ):
        path, _, anchor = target.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), target
        assert not anchor or anchor in anchors(to), target


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = set(PATH.findall(page.read_text(encoding="utf-8"))) - MADE
    missing = [path for path in named if "<" not in path and not list(ROOT.glob(path.rstrip("/")))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_page_is_left_half_written(page: Path) -> None:
    assert not re.search(r"^@|TODO|TBD", page.read_text(encoding="utf-8"), re.M)
