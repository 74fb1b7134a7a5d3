"""The importer: the fact table's subjects come into Rasa's training data."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.facts import load_table
from charley.rasa.importer import FactTableImporter


def imported() -> TrainingData:
    """What Rasa would train on in the current folder."""
    return FactTableImporter("config.yml", "domain.yml", ["data"]).get_nlu_data()


def test_every_name_of_a_subject_is_a_synonym_of_its_id(project: Path) -> None:
    synonyms = imported().entity_synonyms
    for subject in load_table().subjects.values():
        for name in subject.all_names:
            assert synonyms[name.lower()] == subject.id


def test_all_names_stand_in_one_look_up_table(project: Path) -> None:
    (lookup,) = imported().lookup_tables
    names = {name.lower() for subject in load_table().subjects.values() for name in subject.all_names}
    assert lookup["name"] == "subject"
    assert set(lookup["elements"]) == names


def test_rasas_own_examples_stay(project: Path) -> None:
    written = {
        line[2:].strip()
        for path in (project / "data" / "nlu").glob("*.yml")
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    }
    assert {example.get("text") for example in imported().intent_examples} == written


def test_a_new_subject_is_known_without_touching_anything_else(project: Path) -> None:
    with (project / "data" / "facts" / "subjects.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["zinc", "nutrient", "zinc", "Zincum; zink"])
    synonyms = imported().entity_synonyms
    assert {name: synonyms[name] for name in ("zinc", "zincum", "zink")} == dict.fromkeys(
        ("zinc", "zincum", "zink"), "zinc"
    )


def test_a_broken_table_is_an_error_that_names_file_row_and_column(project: Path) -> None:
    path = project / "data" / "facts" / "facts.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[1] = lines[1].replace("magnesium,definition", "unobtainium,definition")
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(RasaException, match=r"facts\.csv, row 2, column subject: 'unobtainium'"):
        imported()
