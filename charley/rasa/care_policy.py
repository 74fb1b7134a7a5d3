"""Care first, then whatever was asked.

A policy and not rules, because after a care reply no one-turn rule matches any more and the
question would be lost. It needs no action server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.care import levels
from charley.care.levels import CareLevel
from charley.rasa import events
from charley.rasa.care_guard import CARE
from charley.rasa.events import care_level_of
from charley.rasa.fingerprint import fingerprint_of

CARE_REPLY = "utter_care_"  # + the level
REMINDER = "utter_care_reminder"
UNREAD = "utter_care_unread"
REPORT = "report_symptom"  # said in full by the care reply: nothing is left to answer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class CarePolicy(RulePolicy):
    """RulePolicy that utters the care reply due before it predicts as if it had not been said."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint_of(levels, events)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the care reply due, or listen, or what the rules say without it."""
        due = _reply_due(tracker)
        if due is None:
            return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        if due not in _said_this_turn(tracker):
            return self._certain(due, domain)
        if due not in (REMINDER, UNREAD) and _ends_turn(tracker):
            return self._certain(ACTION_LISTEN_NAME, domain)
        return super().predict_action_probabilities(_without_care(tracker), domain, rule_only_data, **kwargs)

    def _certain(self, action: str, domain: Domain) -> PolicyPrediction:
        prediction = self._rule_prediction(self._default_predictions(domain), prediction_source="care")
        prediction.probabilities[domain.index_for_action(action)] = 1.0
        prediction.is_no_user_prediction = True  # overrules every other policy
        return prediction


def _reply_due(tracker: DialogueStateTracker) -> str | None:
    """The care reply that this turn needs, said already or not."""
    message = tracker.latest_message
    if message is None or not message.text:
        return None
    care = (message.parse_data or {}).get(CARE)
    pressed = message.text.startswith("/")
    came_through_a_channel = message.message_id is not None  # in Rasa's own story tests it has no id
    if came_through_a_channel and not pressed and not (care and care.get("ok")):
        return UNREAD
    level = CareLevel(care["level"]) if care else CareLevel.NONE
    if level is not CareLevel.NONE:
        return f"{CARE_REPLY}{level.value}"
    return REMINDER if care_level_of(tracker) >= CareLevel.EMERGENCY else None


def _ends_turn(tracker: DialogueStateTracker) -> bool:
    message = tracker.latest_message
    assert message is not None
    assert message.parse_data is not None
    level = CareLevel(message.parse_data[CARE]["level"])  # type: ignore[literal-required]
    return level >= CareLevel.EMERGENCY or message.intent.get("name") == REPORT


def _this_turn(tracker: DialogueStateTracker) -> Iterator[Event]:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return
        yield event


def _said_this_turn(tracker: DialogueStateTracker) -> set[str | None]:
    return {event.action_name for event in _this_turn(tracker) if isinstance(event, ActionExecuted)}


def _without_care(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A copy of the conversation in which no care reply was ever uttered."""
    kept: list[Event] = []
    in_care_reply = False
    for event in tracker.events:
        if isinstance(event, ActionExecuted):
            in_care_reply = str(event.action_name).startswith(CARE_REPLY)
        if not (in_care_reply and isinstance(event, (ActionExecuted, BotUttered))):
            kept.append(event)
    return DialogueStateTracker.from_events(tracker.sender_id, kept, slots=tracker.slots.values())
