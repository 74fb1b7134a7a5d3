"""Rasa's check of the action server's answers is as strict as without our saving."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction
from rasa_sdk.events import FollowupAction, SlotSet

from charley.rasa.remote_action import PlainAction, is_plain

SLOT = SlotSet("last_facts", ["a"])


@pytest.mark.parametrize(
    "answer", [{"events": [], "responses": []}, {"events": [SLOT, SLOT], "responses": [{"text": "b"}]}]
)
def test_what_charleys_actions_answer_is_seen_to_be_right(answer: dict[str, Any]) -> None:
    assert is_plain(answer)
    assert PlainAction("action_x", None)._validate_action_result(answer)
    assert RemoteAction("action_x", None)._validate_action_result(answer), "and Rasa agrees"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"events": []},
        {"events": [FollowupAction("action_y")], "responses": []},
        {"events": [{**SLOT, "timestamp": 3.5}], "responses": []},
        {"events": [{"event": "slot", "name": "a", "value": 1, "metadata": {}}], "responses": []},
    ],
)
def test_any_other_right_answer_passes(answer: dict[str, Any]) -> None:
    assert not is_plain(answer)
    assert PlainAction("action_x", None)._validate_action_result(answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [{"event": "nonsense"}]},
        {"events": [{**SLOT, "name": 3}], "responses": []},
        {"events": [{**SLOT, "timestamp": "now"}], "responses": []},
        {"events": [{"event": "slot", "value": 1, "timestamp": None}], "responses": []},
        {"events": {}, "responses": []},
        {"events": [SLOT], "responses": ["b"]},
        {"responses": 3},
        [],
        None,
    ],
)
def test_a_wrong_answer_is_refused(answer: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        PlainAction("action_x", None)._validate_action_result(answer)
