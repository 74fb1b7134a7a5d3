"""What the documents name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCUMENTS = [
    path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if path.is_file()
]
TEST = re.compile(r"`(tests/[\w/.-]*)(?:::(test_\w+))?`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_each_test_that_a_document_names_is_there(document: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    missing = [
        f"{file}::{name}" if name else file
        for file, name in TEST.findall(text)
        if not (ROOT / file).exists()
        or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_the_threats_name_their_tests() -> None:
    """Else the test above could not fail."""
    assert (
        len([name for _, name in TEST.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8")) if name])
        > 20
    )
