"""What is wrong with a fact table is reported with file, row and column, all at once."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from charley.facts import Problem, SubjectKind, TableError, load_table

FACTS = Path(__file__).parents[2] / "data" / "facts"
SOURCES = [
    {"id": "nih", "title": "Potassium", "publisher": "NIH", "kind": "reference", "url": "", "note": ""},
    {"id": "web", "title": "Cramps", "publisher": "A site", "kind": "article", "url": "", "note": ""},
]
SUBJECTS = [
    {"id": "potassium", "kind": "nutrient", "name": "potassium", "names": "potasium; low potassium"},
    {"id": "banana", "kind": "food", "name": "bananas", "names": "banana"},
]
FACT = {
    "id": "potassium-role",
    "subject": "potassium",
    "attribute": "role",
    "statement": "Potassium helps muscles work.",
    "sources": "nih; web",
    "evidence": "reference",
    "caution": "",
    "reviewed": "2026-01-31",
    "origin": "S000-001 S001-002",
}
CAUTION = {**FACT, "id": "potassium-caution", "attribute": "safety", "statement": "Ask a doctor first."}
Rows = list[dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small table in which nothing is wrong."""
    write(tmp_path / "sources.csv", SOURCES)
    write(tmp_path / "subjects.csv", SUBJECTS)
    write(tmp_path / "facts.csv", [FACT, CAUTION])
    return tmp_path


def write(path: Path, rows: Rows, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(TableError) as caught:
        load_table(folder)
    return caught.value.problems


def places(folder: Path) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.row, problem.column) for problem in problems(folder)]


def test_a_sound_table_is_read_cell_by_cell(folder: Path) -> None:
    fact = load_table(folder).facts["potassium-role"]
    assert fact.sources == ("nih", "web")
    assert fact.origin == ("S000-001", "S001-002")
    assert fact.caution is None
    assert fact.reviewed.isoformat() == "2026-01-31"


def test_an_empty_address_means_no_link(folder: Path) -> None:
    assert load_table(folder).sources["nih"].url is None


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    write(folder / "facts.csv", [FACT], encoding="utf-8-sig")
    assert list(load_table(folder).facts) == ["potassium-role"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("subject", "potasium", "'potasium' is not in subjects.csv"),
        ("sources", "nih; nhs", "'nhs' is not in sources.csv"),
        ("sources", "", "needs a source"),
        ("caution", "nothing-such", "'nothing-such' is not the id of a fact"),
        ("caution", "potassium-role", "can't be its own caution"),
        ("attribute", "roles", "'roles'"),
        ("evidence", "hearsay", "'hearsay'"),
        ("statement", "", "statement"),
        ("statement", "word " * 26, "has 26 words; 25 at most"),
        ("reviewed", "soon", "'soon'"),
        ("reviewed", "2999-01-01", "lies in the future"),
        ("id", "Potassium Role", "'Potassium Role'"),
    ],
)
def test_a_bad_cell_of_a_fact_is_reported_with_row_and_column(
    folder: Path, column: str, value: str, words: str
) -> None:
    write(folder / "facts.csv", [CAUTION, {**FACT, column: value}])
    [problem] = problems(folder)
    assert (problem.file, problem.row, problem.column) == ("facts.csv", 3, column)
    assert words in str(problem)


@pytest.mark.parametrize("attribute", ["intake", "supplement"])
def test_advice_on_amounts_or_pills_without_a_caution_is_reported(folder: Path, attribute: str) -> None:
    write(folder / "facts.csv", [{**FACT, "attribute": attribute}])
    assert places(folder) == [("facts.csv", 2, "caution")]


def test_advice_on_amounts_with_a_caution_is_fine(folder: Path) -> None:
    write(folder / "facts.csv", [{**FACT, "attribute": "intake", "caution": CAUTION["id"]}, CAUTION])
    assert load_table(folder).facts[FACT["id"]].caution == CAUTION["id"]


def test_a_statement_of_25_words_is_fine(folder: Path) -> None:
    write(folder / "facts.csv", [{**FACT, "statement": "word " * 25}])
    assert len(load_table(folder).facts[FACT["id"]].statement.split()) == 25


@pytest.mark.parametrize("address", ["www.nih.gov", "ftp://nih.gov", "javascript:alert(1)"])
def test_an_address_that_is_no_web_link_is_reported(folder: Path, address: str) -> None:
    write(folder / "sources.csv", [{**SOURCES[0], "url": address}, SOURCES[1]])
    assert ("sources.csv", 2, "url") in places(folder)


def test_an_id_that_stands_twice_is_reported_with_its_first_row(folder: Path) -> None:
    write(folder / "facts.csv", [FACT, CAUTION, FACT])
    [problem] = problems(folder)
    assert (problem.row, problem.column) == (4, "id")
    assert "row 2 already" in problem.message


def test_a_name_of_two_subjects_is_reported_whatever_its_case(folder: Path) -> None:
    write(folder / "subjects.csv", [SUBJECTS[0], {**SUBJECTS[1], "names": "banana; Low Potassium"}])
    [problem] = problems(folder)
    assert (problem.file, problem.row, problem.column) == ("subjects.csv", 3, "names")
    assert "'Low Potassium' is a name of 'potassium' already" in problem.message


def test_an_unknown_column_is_reported(folder: Path) -> None:
    write(folder / "facts.csv", [{**FACT, "mood": "good"}])
    assert places(folder) == [("facts.csv", 1, "mood")]


def test_a_missing_column_is_reported(folder: Path) -> None:
    write(folder / "facts.csv", [{key: value for key, value in FACT.items() if key != "reviewed"}])
    assert places(folder) == [("facts.csv", 1, "reviewed")]


@pytest.mark.parametrize("line", ["too,few", "one" + ",more" * 9])
def test_a_row_with_too_few_or_too_many_cells_is_reported(folder: Path, line: str) -> None:
    with (folder / "facts.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    [problem] = problems(folder)
    assert (problem.file, problem.row) == ("facts.csv", 4)
    assert "exactly 9 cells" in problem.message


def test_a_quote_that_never_ends_is_reported(folder: Path) -> None:
    with (folder / "facts.csv").open("a", encoding="utf-8") as file:
        file.write('"never closed\n')
    assert "is not well-formed CSV" in str(problems(folder)[0])


def test_a_file_that_is_not_utf_8_is_reported(folder: Path) -> None:
    (folder / "facts.csv").write_bytes(b"id,subject\n\xff\xfe\n")
    [problem] = problems(folder)
    assert problem.file == "facts.csv"
    assert "can't be read as UTF-8 text" in problem.message


def test_a_missing_file_is_reported(folder: Path) -> None:
    (folder / "sources.csv").unlink()
    assert ("sources.csv", 1, "-") in places(folder)


def test_everything_wrong_is_reported_at_once(folder: Path) -> None:
    write(folder / "sources.csv", [{**SOURCES[0], "kind": "rumour"}, SOURCES[1]])
    write(folder / "subjects.csv", [SUBJECTS[0], {**SUBJECTS[1], "kind": "fruit"}])
    write(folder / "facts.csv", [{**FACT, "subject": "zinc"}, {**CAUTION, "evidence": "gut"}])
    assert {
        ("sources.csv", 2, "kind"),
        ("subjects.csv", 3, "kind"),
        ("facts.csv", 2, "subject"),
        ("facts.csv", 3, "evidence"),
    } <= set(places(folder))


def test_a_slip_in_the_real_table_is_found_where_it_stands(tmp_path: Path) -> None:
    shutil.copytree(FACTS, tmp_path / "facts")
    path = tmp_path / "facts" / "facts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    write(path, [*rows[:99], {**rows[99], "subject": "moonlight"}, *rows[100:]])
    assert places(tmp_path / "facts") == [("facts.csv", 101, "subject")]


def test_a_gap_is_a_subject_until_it_gets_a_row_of_its_own(folder: Path) -> None:
    zinc = {"id": "zinc", "kind": "gap", "name": "zinc", "names": "zink"}
    write(folder / "gaps.csv", [zinc])
    assert load_table(folder).subjects["zinc"].kind is SubjectKind.GAP
    write(folder / "subjects.csv", [*SUBJECTS, {**zinc, "kind": "nutrient"}])
    assert load_table(folder).subjects["zinc"].kind is SubjectKind.NUTRIENT


def test_a_name_with_alternatives_stands_for_each_of_them(folder: Path) -> None:
    write(
        folder / "subjects.csv",
        [{**SUBJECTS[0], "names": "low|little potassium & cramp|cramps"}, SUBJECTS[1]],
    )
    names = load_table(folder).subjects["potassium"].names
    assert names == (
        "low & cramp",
        "low & cramps",
        "little potassium & cramp",
        "little potassium & cramps",
    )
