"""Which model is in service, and going back: at any moment there is a whole one."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from charley.rasa.inputs import read_label
from charley.rasa.training import CANDIDATE, MODEL
from charley.trainers import models
from charley.trainers.models import KEPT, NoSuchModel
from tests.trainers.archives import archive


def trained(root: Path, inputs: str) -> Path:
    """A training that went well."""
    archive(root / CANDIDATE, inputs)
    return models.take(root)


def served(root: Path) -> str:
    """What the model in service was made from."""
    made = read_label(root / MODEL)
    assert made is not None
    return made.inputs


def test_a_candidate_that_is_taken_is_in_service_and_the_one_before_is_kept(tmp_path: Path) -> None:
    first = trained(tmp_path, "first")
    assert models.before(tmp_path) is None
    second = trained(tmp_path, "second")
    assert served(tmp_path) == "second"
    assert models.in_service(tmp_path) == second
    assert models.before(tmp_path) == first
    assert not (tmp_path / CANDIDATE).exists()


def test_without_a_candidate_nothing_is_taken(tmp_path: Path) -> None:
    trained(tmp_path, "first")
    with pytest.raises(NoSuchModel, match="charley train"):
        models.take(tmp_path)
    assert served(tmp_path) == "first"


def test_a_model_that_was_put_there_by_other_means_is_kept_as_well(tmp_path: Path) -> None:
    archive(tmp_path / MODEL, "copied")
    trained(tmp_path, "trained")
    assert served(tmp_path) == "trained"
    models.go_back(tmp_path)
    assert served(tmp_path) == "copied"


def test_a_copied_model_that_is_undone_can_be_had_back(tmp_path: Path) -> None:
    trained(tmp_path, "first")
    (tmp_path / MODEL).unlink()
    archive(tmp_path / MODEL, "copied")
    models.go_back(tmp_path)
    assert served(tmp_path) == "first"
    models.go_forward(tmp_path)
    assert served(tmp_path) == "copied"


def test_undo_goes_back_one_by_one_and_stops_at_the_first(tmp_path: Path) -> None:
    for inputs in ("first", "second", "third"):
        trained(tmp_path, inputs)
    models.go_back(tmp_path)
    assert served(tmp_path) == "second"
    models.go_back(tmp_path)
    assert served(tmp_path) == "first"
    with pytest.raises(NoSuchModel, match="nothing to go back to"):
        models.go_back(tmp_path)
    assert served(tmp_path) == "first"


def test_an_undo_that_is_not_possible_changes_nothing(tmp_path: Path) -> None:
    archive(tmp_path / MODEL, "copied")
    with pytest.raises(NoSuchModel):
        models.go_back(tmp_path)
    assert [path.name for path in (tmp_path / MODEL).parent.iterdir()] == [MODEL.name]


def test_what_was_undone_can_be_had_back_until_the_next_training(tmp_path: Path) -> None:
    for inputs in ("first", "second", "third"):
        trained(tmp_path, inputs)
    models.go_back(tmp_path)
    models.go_back(tmp_path)
    models.go_forward(tmp_path)
    assert served(tmp_path) == "second"
    trained(tmp_path, "fourth")
    with pytest.raises(NoSuchModel, match="Nothing was undone"):
        models.go_forward(tmp_path)
    models.go_back(tmp_path)
    assert served(tmp_path) == "second", "the third was undone before the fourth was trained"


def test_the_last_few_are_kept_and_no_more(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        trained(tmp_path, str(number))
    assert len(models.line(tmp_path)) == KEPT
    for _ in range(KEPT - 1):
        models.go_back(tmp_path)
    assert served(tmp_path) == "3"


@pytest.mark.parametrize("step", range(1, 5))
@pytest.mark.parametrize("change", [models.take, models.go_back], ids=["taken", "undone"])
@pytest.mark.parametrize("call", ["replace", "symlink_to", "unlink"])
def test_whatever_is_killed_half_way_leaves_a_whole_model_in_service(
    change: Callable[[Path], Path], call: str, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(KEPT):
        trained(tmp_path, str(number))
    archive(tmp_path / CANDIDATE, "new")
    owner: Any = os if call == "replace" else Path
    real, calls = getattr(owner, call), 0

    def killed(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == step:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, call, killed)
        with suppress(KeyboardInterrupt):
            change(tmp_path)
    assert served(tmp_path) in {str(KEPT - 1), str(KEPT - 2), "new"}
    archive(tmp_path / CANDIDATE, "after")
    models.take(tmp_path)
    assert served(tmp_path) == "after", "and the next training is not hindered"
