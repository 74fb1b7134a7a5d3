"""What a trained model knows: checked before training, the same after a round trip."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from charley.knowledge import Knowledge, KnowledgeError, data_fingerprint, load_knowledge, read_model

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge(ROOT)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project folder with a copy of what is read: facts, questions and warning signs."""
    for name in ("facts", "care"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    shutil.copy(ROOT / "data" / "questions.yml", tmp_path / "data")
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def archive(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def test_a_snapshot_gives_the_same_knowledge_back(knowledge: Knowledge) -> None:
    assert Knowledge.from_json(knowledge.to_json()) == knowledge


def test_a_snapshot_keeps_facts_in_file_order(knowledge: Knowledge) -> None:
    assert list(Knowledge.from_json(knowledge.to_json()).table.facts) == list(knowledge.table.facts)


def test_a_model_gives_its_snapshot_back(knowledge: Knowledge, tmp_path: Path) -> None:
    files = {"metadata.json": "{}", "components/train_facts/knowledge.json": knowledge.to_json()}
    assert read_model(archive(tmp_path / "model.tar.gz", files)) == knowledge


def test_a_model_of_another_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"holds no knowledge\.json"):
        read_model(archive(tmp_path / "model.tar.gz", {"metadata.json": "{}"}))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_text("not a model")
    with pytest.raises(KnowledgeError, match=r"model\.tar\.gz"):
        read_model(tmp_path / "model.tar.gz")


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"model\.tar\.gz"):
        read_model(tmp_path / "model.tar.gz")


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        (
            "facts/facts.csv",
            "magnesium-definition,magnesium,",
            "magnesium-definition,moon,",
            "facts.csv, row 2",
        ),
        ("facts/sources.csv", "id,title", "id,titel", "sources.csv, row 1, column titel"),
        ("facts/subjects.csv", ",nutrient,", ",mineral,", "subjects.csv, row 2, column kind"),
        (
            "questions.yml",
            "attributes: [definition]",
            "attributes: [defnition]",
            "ask_definition.attributes",
        ),
        ("questions.yml", "subject: electrolytes", "subject: moon", "questions.yml, ask_role: 'moon'"),
        ("care/signs.yml", "level: emergency", "level: soon", "signs.yml, signs.0.level"),
        ("facts/facts.csv", "see-someone-persistent,", "see-someone-late,", "see-someone-persistent"),
    ],
)
def test_broken_data_is_refused_with_file_and_place(
    copy: Path, file: str, old: str, new: str, place: str
) -> None:
    edit(copy / "data" / file, old, new)
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(copy)
    assert place in str(caught.value)


@pytest.mark.parametrize("file", ["facts/facts.csv", "questions.yml", "care/signs.yml"])
def test_a_missing_file_is_refused_by_name(copy: Path, file: str) -> None:
    (copy / "data" / file).unlink()
    with pytest.raises(KnowledgeError, match=Path(file).name):
        load_knowledge(copy)


def test_the_fingerprint_does_not_depend_on_where_the_project_lies(copy: Path) -> None:
    assert data_fingerprint(copy) == data_fingerprint(ROOT)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("facts/facts.csv", "Magnesium is a mineral", "Magnesium is a metal"),
        ("facts/sources.csv", "id,title", "id,Title"),
        ("questions.yml", "What is it?", "What is that?"),
        ("care/signs.yml", "level: emergency", "level: crisis"),
    ],
)
def test_the_fingerprint_changes_with_every_file_that_is_read(
    copy: Path, file: str, old: str, new: str
) -> None:
    before = data_fingerprint(copy)
    edit(copy / "data" / file, old, new)
    assert data_fingerprint(copy) != before


def test_the_fingerprint_changes_when_a_file_gets_another_name(copy: Path) -> None:
    before = data_fingerprint(copy)
    (copy / "data" / "facts" / "left_out.csv").rename(copy / "data" / "facts" / "left_in.csv")
    assert data_fingerprint(copy) != before


def test_the_fingerprint_is_the_same_without_a_change(copy: Path) -> None:
    assert data_fingerprint(copy) == data_fingerprint(copy)
