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
    """A project folder with a copy of what is read: facts, questions and all about care."""
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


def assert_same(kept: Knowledge, knowledge: Knowledge) -> None:
    """All but the wordings of flags, which a model has learnt from and needs no more."""
    assert kept.table == knowledge.table
    assert kept.questions == knowledge.questions
    assert kept.check_up == knowledge.check_up
    assert kept.numbers == knowledge.numbers
    assert kept.care.snapshot() == knowledge.care.snapshot()


def test_a_snapshot_gives_the_same_knowledge_back(knowledge: Knowledge) -> None:
    assert_same(Knowledge.from_json(knowledge.to_json()), knowledge)


def test_a_snapshot_leaves_the_wordings_of_flags_out(knowledge: Knowledge) -> None:
    wording = next(knowledge.care.wordings())
    assert wording.text not in knowledge.to_json()
    assert list(Knowledge.from_json(knowledge.to_json()).care.wordings()) == []


def test_a_snapshot_of_a_snapshot_is_the_same(knowledge: Knowledge) -> None:
    text = knowledge.to_json()
    assert Knowledge.from_json(text).to_json() == text


def test_a_snapshot_keeps_facts_in_file_order(knowledge: Knowledge) -> None:
    assert list(Knowledge.from_json(knowledge.to_json()).table.facts) == list(knowledge.table.facts)


def test_a_model_gives_its_snapshot_back(knowledge: Knowledge, tmp_path: Path) -> None:
    files = {"metadata.json": "{}", "components/train_facts/knowledge.json": knowledge.to_json()}
    assert_same(read_model(archive(tmp_path / "model.tar.gz", files)), knowledge)


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
        ("care/flags/chest_pain.yml", "level: emergency", "level: soon", "chest_pain.yml, level"),
        ("care/flags/chest_pain.yml", "flag: chest_pain", "flag: chest_ache", "chest_pain.yml: the file"),
        ("care/flags/one_leg_swelling.yml", "[leg_swelling, one_side]", "[leg_swelling, moon]", "'moon'"),
        ("care/words.yml", "  cant: ", "  kant: ", "there is no group '$cant'"),
        ("care/cautions.yml", "possible_clot", "Possible Clot", "id"),
        ("care/check_up.yml", "level: emergency", "level: soon", "check_up.yml, questions.0.options.0.level"),
        ("care/numbers.csv", "GB,the UK", "UKX,the UK", "numbers.csv, row 4, country"),
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


@pytest.mark.parametrize(
    "file",
    [
        "facts/facts.csv",
        "questions.yml",
        "care/words.yml",
        "care/cautions.yml",
        "care/check_up.yml",
        "care/numbers.csv",
    ],
)
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
        ("care/flags/chest_pain.yml", "level: emergency", "level: crisis"),
        ("care/words.yml", "  red: red", "  red: scarlet"),
        ("care/cautions.yml", "possible_clot", "maybe_clot"),
        ("care/check_up.yml", "level: emergency", "level: crisis"),
        ("care/numbers.csv", "GB,the UK,999", "GB,the UK,998"),
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


def test_the_fingerprint_changes_with_a_new_flag(copy: Path) -> None:
    before = data_fingerprint(copy)
    (copy / "data" / "care" / "flags" / "hiccups.yml").write_text(
        "flag: hiccups\nlevel: none\n", encoding="utf-8"
    )
    assert data_fingerprint(copy) != before


def test_the_fingerprint_is_the_same_without_a_change(copy: Path) -> None:
    assert data_fingerprint(copy) == data_fingerprint(copy)
