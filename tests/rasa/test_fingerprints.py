"""Training again: needed exactly when something that a component is made from has changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rasa.model_training import CODE_NEEDS_TO_BE_RETRAINED, train

from charley import knowledge
from charley.care import check_up, course, flags, guard, levels, matcher, measures, patterns, status, vote
from charley.rasa import events
from charley.rasa.care_guard import CareGuardComponent
from charley.rasa.care_policy import CarePolicy
from charley.rasa.features import SentenceFeaturizer
from charley.rasa.intents import CharleyIntentClassifier
from charley.rasa.reader import MessageReader
from charley.rasa.subjects import SubjectExtractor
from charley.rasa.training import TRAINING_FILES
from charley.reading import encoder, features, intents, linear, names, reader, spelling

MODULES: dict[Any, tuple[ModuleType, ...]] = {
    MessageReader: (reader, spelling),
    SentenceFeaturizer: (encoder, features),
    CareGuardComponent: (flags, guard, levels, matcher, measures, patterns, status, vote, linear, knowledge),
    SubjectExtractor: (names,),
    CharleyIntentClassifier: (intents, linear, names),
    CarePolicy: (levels, course, check_up, events),
}
READS_DATA = (MessageReader, CareGuardComponent, CharleyIntentClassifier)
COMPONENTS = [pytest.param(c, id=c.__name__) for c in MODULES]
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


@pytest.mark.parametrize("component", [pytest.param(c, id=c.__name__) for c in READS_DATA])
def test_a_fingerprint_changes_with_one_fact(component: Any, project: Path) -> None:
    before = component.fingerprint_addon({})
    edit_a_fact(project)
    assert component.fingerprint_addon({}) != before


@pytest.mark.parametrize("component", [pytest.param(c, id=c.__name__) for c in READS_DATA])
@pytest.mark.parametrize(
    "file", ["questions.yml", "care/flags/chest_pain.yml", "care/words.yml", "facts/sources.csv"]
)
def test_a_fingerprint_changes_with_every_file_of_the_snapshot(
    component: Any, file: str, project: Path
) -> None:
    before = component.fingerprint_addon({})
    with (project / "data" / file).open("a", encoding="utf-8") as data:
        data.write("\n")
    assert component.fingerprint_addon({}) != before


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
