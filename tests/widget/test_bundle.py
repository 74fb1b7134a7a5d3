"""The built file that is checked in: small, and what the sources give."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser import REQUIRED
from tests.conftest import ROOT

WIDGET = ROOT / "widget"
BUILT = WIDGET / "dist" / "charley-chat.js"
MAX_BYTES = 30_000  # compressed


def test_the_bundle_is_small() -> None:
    assert len(gzip.compress(BUILT.read_bytes(), 9)) <= MAX_BYTES


@pytest.mark.skipif(
    not REQUIRED and not (shutil.which("npm") and (WIDGET / "node_modules").exists()),
    reason="building the widget needs Node and its packages (cd widget && npm ci)",
)
def test_the_sources_give_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "widget"
    shutil.copytree(WIDGET, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (copy / "node_modules").symlink_to(WIDGET / "node_modules")
    for script in ("check", "build"):
        subprocess.run(["npm", "run", script], cwd=copy, check=True, capture_output=True)
    assert (copy / "dist" / BUILT.name).read_bytes() == BUILT.read_bytes(), "run: cd widget && npm run build"


def test_nothing_in_it_calls_for_eval_or_raw_html() -> None:
    text = BUILT.read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "new Function",
        "eval(",
        "localStorage",
    ):
        assert word not in text, word


def test_it_names_no_other_server() -> None:
    text = BUILT.read_text(encoding="utf-8")
    known = {
        "http://www.w3.org/2000/svg",
        "https://socket.io/docs/v3/migrating-from-2-x-to-3-0/",  # in an error's text
    }
    assert set(re.findall(r"https?://[\w./-]+", text)) == known


@pytest.mark.parametrize("path", sorted((WIDGET / "lang").glob("*.json")), ids=lambda path: path.stem)
def test_each_language_has_every_text_with_the_same_gaps(path: Path) -> None:
    def gaps(texts: dict[str, str]) -> dict[str, set[str]]:
        return {key: set(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}

    english = json.loads((WIDGET / "lang" / "en.json").read_text(encoding="utf-8"))
    assert gaps(json.loads(path.read_text(encoding="utf-8"))) == gaps(english)
