"""Training again: needed exactly when something that a component is made from has changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rasa.model_training import CODE_NEEDS_TO_BE_RETRAINED, train

from charley.care import check_up, course, flags, guard, levels, matcher, measures, patterns, status, vote
from charley.rasa import events
from charley.rasa.care_guard import CareGuardComponent
from charley.rasa.care_policy import CarePolicy
from charley.rasa.features import SentenceFeaturizer
from charley.rasa.importer import FactTableImporter
from charley.rasa.intents import CharleyIntentClassifier
from charley.rasa.keeper import KnowledgeKeeper
from charley.rasa.reader import MessageReader
from charley.rasa.subjects import SubjectExtractor
from charley.rasa.training import TRAINING_FILES
from charley.reading import encoder, features, intents, linear, names, reader, spelling

MODULES: dict[Any, tuple[ModuleType, ...]] = {
    MessageReader: (reader, spelling),
    SentenceFeaturizer: (encoder, features),
    CareGuardComponent: (flags, guard, levels, matcher, measures, patterns, status, vote, linear),
    SubjectExtractor: (names,),
    CharleyIntentClassifier: (intents, linear, names),
    CarePolicy: (levels, course, check_up, events),
}
COMPONENTS = [pytest.param(c, id=c.__name__) for c in (KnowledgeKeeper, *MODULES)]
USES = [
    pytest.param(c, m, id=f"{c.__name__}-{m.__name__}") for c, modules in MODULES.items() for m in modules
]


def edit_a_fact(project: Path) -> None:
    """Change one word of one statement."""
    path = project / "data" / "facts" / "facts.csv"
    text = path.read_text(encoding="utf-8")
    assert "Magnesium is a mineral" in text
    path.write_text(text.replace("Magnesium is a mineral", "Magnesium is one mineral", 1), encoding="utf-8")


def needs_training() -> bool:
    """What Rasa says, given the cache and the files in the current folder."""
    result = train("domain.yml", "config.yml", TRAINING_FILES, dry_run=True)
    assert result.code in (0, CODE_NEEDS_TO_BE_RETRAINED)
    return bool(result.code == CODE_NEEDS_TO_BE_RETRAINED)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_fingerprint_is_stable_while_nothing_changes(component: Any, project: Path) -> None:
    before = component.fingerprint_addon({})
    for path in project.rglob("*.csv"):
        path.touch()
    assert component.fingerprint_addon({}) == before


# What changes when a line of data/ is edited: the snapshot always, else only what learns from it.
EDITS: dict[str, tuple[str, str, str, set[Any]]] = {
    "a statement": ("facts/facts.csv", "Magnesium is a mineral", "Magnesium is one mineral", set()),
    "a source": ("facts/sources.csv", "What Deficiency Causes", "Which Lack Causes", set()),
    "a drawing": ("facts/pictures.csv", "gently stretch", "slowly stretch", set()),
    "what a question looks up": ("questions.yml", "title: What is it?", "title: What is that?", set()),
    "a subject's kind": (
        "facts/subjects.csv",
        "magnesium,nutrient",
        "magnesium,fluid",
        {CharleyIntentClassifier},
    ),
    "a flag's level": (
        "care/flags/chest_pain.yml",
        "level: emergency",
        "level: crisis",
        {CareGuardComponent},
    ),
    "a word of care": ("care/words.yml", "  red: red", "  red: scarlet", {CareGuardComponent, MessageReader}),
    "a country's number": ("care/numbers.csv", "GB,the UK,999", "GB,the UK,998", {CareGuardComponent}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_learns_is_trained_again_only_for_what_it_learns_from(edit: str, project: Path) -> None:
    file, old, new, learners = EDITS[edit]
    before = {c: c.fingerprint_addon({}) for c in (KnowledgeKeeper, *MODULES)}
    path = project / "data" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    changed = {c for c in before if c.fingerprint_addon({}) != before[c]}
    assert changed == {KnowledgeKeeper, *learners}


@pytest.mark.parametrize(
    ("file", "old", "new", "learnt"),
    [
        ("facts/facts.csv", "Magnesium is a mineral", "Magnesium is one mineral", False),
        ("facts/subjects.csv", "magnesium,mag; ", "magnesium,maggie; mag; ", True),
        ("care/flags/chest_pain.yml", "dad rubbing", "mum rubbing", True),
    ],
)
def test_names_and_wordings_reach_what_learns_as_training_data_and_statements_do_not(
    file: str, old: str, new: str, learnt: bool, project: Path
) -> None:
    def data() -> str:
        return str(FactTableImporter("config.yml", "domain.yml", []).get_nlu_data().fingerprint())

    before, path = data(), project / "data" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert (data() != before) is learnt


@pytest.mark.parametrize(("component", "module"), USES)
def test_a_fingerprint_changes_with_the_code_of_a_module_it_uses(
    component: Any, module: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = component.fingerprint_addon({})
    assert module.__file__ is not None
    copy = Path(shutil.copy(module.__file__, project))
    monkeypatch.setattr(module, "__file__", str(copy))
    assert component.fingerprint_addon({}) == before, "where the code stands does not matter"
    with copy.open("a", encoding="utf-8") as code:
        code.write("# changed\n")
    assert component.fingerprint_addon({}) != before


def test_an_edited_fact_means_training_again_and_an_unchanged_copy_does_not(
    root: Path, model: Path, project: Path
) -> None:
    shutil.copytree(root / ".rasa", project / ".rasa")
    assert not needs_training(), "what is trained is stale: run `make train` first"
    edit_a_fact(project)
    assert needs_training()
