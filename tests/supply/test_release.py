"""A release: one version, which stands in pyproject.toml, and a changelog that tells of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SEMVER = r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\w.]+)?"  # https://semver.org
HEADING = re.compile(rf"^## \[({SEMVER})] - (unreleased|\d{{4}}-\d\d-\d\d)$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}  # https://keepachangelog.com


@pytest.fixture
def version() -> str:
    found = re.search(
        r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found is not None
    return found[1]


@pytest.fixture
def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def says(folder: Path, *isolated: str) -> str:
    done = subprocess.run(
        [sys.executable, *isolated, "-m", "charley", "--version"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_charley_tells_its_version(version: str) -> None:
    assert says(ROOT) == f"charley {version}\n"


@pytest.mark.parametrize(("file", "told"), [("pyproject.toml", "9.8.7"), (None, "of no known version")])
def test_where_it_is_not_installed_the_version_is_that_of_its_folder(
    file: str | None, told: str, tmp_path: Path
) -> None:
    """As in an image, which has the sources and the packages."""
    shutil.copytree(
        ROOT / "charley", tmp_path / "charley", ignore=shutil.ignore_patterns("__pycache__", "reading")
    )
    if file:
        (tmp_path / file).write_text('[project]\nversion = "9.8.7"\n', encoding="utf-8")
    hide = (
        "import importlib.metadata as m; m.version = lambda _: (_ for _ in ()).throw(m.PackageNotFoundError)"
    )
    run = f"{hide}; import sys; sys.argv = ['charley', '--version']; from charley.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert told in done.stdout


def test_images_are_of_the_same_version(version: str) -> None:
    images = [path for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    told = {
        (path.relative_to(ROOT).as_posix(), found)
        for path in images
        for found in re.findall(
            rf"(?:^ARG VERSION=|charley/\w+:(?:\$\{{\w+:-)?|^\s*newTag: [\"']?)({SEMVER})",
            path.read_text(encoding="utf-8", errors="replace"),
            re.MULTILINE,
        )
    }
    assert told
    assert {found for _, found in told} == {version}, told


def test_the_changelog_begins_with_this_version(version: str, changelog: str) -> None:
    headings = HEADING.findall(changelog)
    assert headings[0][0] == version
    assert [when for _, when in headings[1:] if when == "unreleased"] == []


def test_the_changelog_is_kept_as_such_files_are(changelog: str) -> None:
    assert len(HEADING.findall(changelog)) == len(re.findall(r"^## ", changelog, re.MULTILINE))
    kinds = re.findall(r"^### (.+)$", changelog, re.MULTILINE)
    assert kinds
    assert set(kinds) <= KINDS


def test_versions_stand_newest_first(changelog: str) -> None:
    told = [
        tuple(map(int, version.partition("-")[0].split("."))) for version, _ in HEADING.findall(changelog)
    ]
    assert told == sorted(told, reverse=True)
