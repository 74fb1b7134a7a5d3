"""A mended statement is learnt by nothing, so that a real training of it is quick; and it is told at once."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from charley.knowledge import read_model
from charley.rasa.training import is_current
from charley.trainers.training import train
from tests.test_cli import edit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the whole of Rasa, and a copy of its cache


def test_a_mended_statement_is_in_the_next_model_and_nothing_else_has_changed(
    root: Path, model: Path, project: Path
) -> None:
    shutil.copytree(root / ".rasa", project / ".rasa")
    edit(project / "data" / "facts" / "facts.csv", "Magnesium is a mineral", "Magnesium is one mineral")
    train(measured=False)
    trained = project / "models" / "charley.tar.gz"
    before, now = read_model(model), read_model(trained)
    assert now.table.facts["magnesium-definition"].statement.startswith("Magnesium is one mineral")
    assert {id_ for id_, fact in now.table.facts.items() if before.table.facts[id_] != fact} == {
        "magnesium-definition"
    }
    assert learnt(trained) == learnt(model)
    assert is_current(trained)


def learnt(archive: Path) -> dict[str, bytes]:
    """What the components that learn have learnt."""
    with tarfile.open(archive) as tar:
        files = [member for member in tar if member.name.endswith(".npz")]
        found = {member.name: tar.extractfile(member) for member in files}
        return {name: content.read() for name, content in found.items() if content}
