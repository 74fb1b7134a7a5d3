"""Rasa's check of the action server's answers is as strict as without our saving."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from charley.rasa import action_schema


@pytest.fixture(autouse=True)
def _registered() -> None:
    action_schema.check_schemas_once()


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "last_facts", "value": ["a"]}], "responses": [{"text": "b"}]},
    ],
)
def test_a_right_answer_passes(answer: dict[str, Any]) -> None:
    for _ in range(2):
        assert RemoteAction("action_x", None)._validate_action_result(answer)


@pytest.mark.parametrize("answer", [{"events": [{"event": "nonsense"}]}, {"responses": 3}, [], None])
def test_a_wrong_answer_is_refused_each_time(answer: Any) -> None:
    for _ in range(2):
        with pytest.raises(jsonschema.ValidationError):
            RemoteAction("action_x", None)._validate_action_result(answer)


@pytest.mark.parametrize(
    "schema", [{"type": "objekt"}, {"required": 3}, {"properties": {"a": {"minLength": "x"}}}]
)
def test_a_wrong_schema_is_refused_each_time(schema: dict[str, Any]) -> None:
    for _ in range(2):
        with pytest.raises(jsonschema.SchemaError):
            jsonschema.validate({}, schema)


def test_a_known_schema_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Any] = []
    original = action_schema._check_all_of

    def counted(*args: Any) -> Any:
        checked.append(args)
        return original(*args)

    monkeypatch.setattr(action_schema, "_check_all_of", counted)
    schema = {"type": "object", "title": "of this test"}
    jsonschema.validate({}, schema)
    first = len(checked)
    jsonschema.validate({}, schema)
    assert first > 0
    assert len(checked) == first
