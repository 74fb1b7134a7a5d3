"""Care first, then whatever was asked; the check-up; and the menu for who was not understood twice.

A policy and not rules, because after a care reply no one-turn rule matches any more and the
question would be lost, and because a form would swallow a danger as its answer. It needs no action
server, and works out what is due from the events alone, so that nothing can rewind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.answers import follow_up
from charley.care import check_up, course, levels
from charley.care.check_up import QUESTION
from charley.care.course import ANSWER, Course, course_of
from charley.care.levels import CareLevel
from charley.rasa import events
from charley.rasa.care_guard import CARE
from charley.rasa.events import as_dicts, recent
from charley.rasa.fingerprint import fingerprint_of
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed

CARE_REPLY = "utter_care_"  # + the level
GRAVE = "utter_care_crisis_and_emergency"
REMINDER = "utter_care_reminder"
UNREAD = "utter_care_unread"
CORRECTED = "utter_care_corrected"
CLEARED = "utter_care_cleared"
ASK_NOW = "utter_care_ask_now"
ANSWER_WORDS = 6  # who writes more tells more than a question of the check-up asked
IF_SO = "utter_care_if_so"
IF_SO_CRISIS = "utter_care_if_so_crisis"
UNAVAILABLE = "utter_unavailable"
REPORT = "report_symptom"
OTHER_HEALTH = "out_of_scope_health"
TOLD_IN_FULL = frozenset({REPORT, OTHER_HEALTH, "nlu_fallback"})  # the care reply leaves nothing to answer
START, STOP, FORGET = "start_check_up", "stop_check_up", "forget_chat"  # intents
LEAVES = frozenset({"start_again", "goodbye"})  # who says so is not asked on
OFFER = "utter_check_up_offer"
AGAIN = "utter_check_up_again"
RESUME = "utter_check_up_resume"
LEFT = "utter_check_up_left"
SUMMARY = "utter_check_up_summary"
FORGOTTEN = "utter_forgotten"
NOT_UNDERSTOOD, STILL_NOT = "utter_not_understood", "utter_still_not_understood"
# Messages: Rasa allows a rule one (`restrict_rules`), and replays for the rules whatever it is given. One more, lest
# the talk seem to begin with it.
REMEMBERED = 2
OWN = (CARE_REPLY, QUESTION, UNAVAILABLE, FORGOTTEN)  # what this policy says, the rules never see


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class CarePolicy(RulePolicy):
    """RulePolicy that says what care demands before and after what the rules predict."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint_of(levels, course, check_up, events, follow_up)

    @timed(registry.DECIDING)
    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the care reply due, or listen, or what the rules say as if it had not been said."""
        turn = _Turn(tracker, domain)
        due = turn.due()
        if due is not None:
            return self._certain(due, domain)
        prediction = super().predict_action_probabilities(
            _without_care(tracker), domain, rule_only_data, **kwargs
        )
        predicted = domain.action_names_or_texts[int(np.argmax(prediction.probabilities))]
        if predicted == NOT_UNDERSTOOD and turn.has_said(NOT_UNDERSTOOD, STILL_NOT):
            predicted = ACTION_LISTEN_NAME  # no rule knows the intent: Rasa would fall back again and again
            prediction = self._certain(predicted, domain)
        if predicted == NOT_UNDERSTOOD and follow_up.failed_before(as_dicts(tracker.events)):
            return self._certain(STILL_NOT, domain)
        if predicted == ACTION_LISTEN_NAME:
            closing = turn.closing()
            if closing is not None:
                return self._certain(closing, domain)
        return prediction

    def _certain(self, action: str, domain: Domain) -> PolicyPrediction:
        prediction = self._rule_prediction(self._default_predictions(domain), prediction_source="care")
        prediction.probabilities[domain.index_for_action(action)] = 1.0
        prediction.is_no_user_prediction = True  # overrules every other policy
        return prediction


class _Turn:
    """What one message of a person demands, apart from what it asks."""

    def __init__(self, tracker: DialogueStateTracker, domain: Domain) -> None:
        self._tracker = tracker
        self._domain = domain
        message = tracker.latest_message
        self._text = (message.text if message else None) or ""
        self._intent = (message.intent or {}).get("name") if message else None
        parsed = (message.parse_data if message else None) or {}
        self._event = {"text": self._text, "parse_data": parsed}
        care = parsed.get(CARE) or {}
        self._own_level = CareLevel(care.get("level", CareLevel.NONE))
        self._overruled = [CareLevel(level) for level in (care.get("overruled") or {}).values()]
        self._came_through_a_channel = message is not None and message.message_id is not None
        pressed = self._text.startswith("/")  # in Rasa's own story tests a message has no id
        self._unread = (
            self._came_through_a_channel and bool(self._text) and not pressed and not care.get("ok")
        )
        self._said = {e.action_name for e in _this_turn(tracker) if isinstance(e, ActionExecuted)}

    @cached_property
    def _course(self) -> Course:
        return course_of(as_dicts(self._tracker.events))

    def due(self) -> str | None:
        """The next thing to say or do before the rules are asked; None when it is their turn."""
        if not self._text:
            return None
        if ACTION_SESSION_START_NAME in self._said:
            # Also at the very start of a session, before its first message was taken.
            return ACTION_LISTEN_NAME if FORGOTTEN in self._said else None
        for action in self._plan():
            if action not in self._said or action == ACTION_LISTEN_NAME:
                return action
        return None

    def has_said(self, *actions: str) -> bool:
        return not self._said.isdisjoint(actions)

    def closing(self) -> str | None:
        """What to say when the rules have said all of theirs."""
        if not self._came_through_a_channel:
            return None  # Rasa's own story tests run no action and say nothing
        if self._said_nothing() and UNAVAILABLE not in self._said:
            return UNAVAILABLE
        found = self._course
        if found.unsure and found.level > CareLevel.NONE and ASK_NOW not in self._said:
            return ASK_NOW
        if found.check_up.running and RESUME not in self._said and not self._asked_this_turn():
            waits = found.check_up.tries >= course.MAX_TRIES or self._intent in LEAVES
            return RESUME if waits else f"{QUESTION}{found.check_up.asked}"
        offered = any(e.action_name == OFFER for e in self._tracker.events if isinstance(e, ActionExecuted))
        if self._intent == REPORT and found.level < CareLevel.URGENT_SAME_DAY and not offered:
            return OFFER
        return None

    def _plan(self) -> Iterator[str]:
        """All that is due in this turn, said already or not, in order."""
        if self._unread:
            yield UNREAD
            return
        found = self._course
        reply = self._care_reply(found)
        if found.corrected and found.level < found.before:
            yield CORRECTED
        if reply is not None:
            yield reply
        elif found.level >= CareLevel.EMERGENCY:
            yield REMINDER
        elif self._overruled:
            yield IF_SO_CRISIS if CareLevel.CRISIS in self._overruled else IF_SO
        if self._intent == FORGET and self._own_level < CareLevel.URGENT_SAME_DAY:
            if reply is None and CareLevel.NONE < found.level < CareLevel.EMERGENCY:
                yield f"{CARE_REPLY}{found.level.value}"
            yield FORGOTTEN
            yield ACTION_SESSION_START_NAME
            return
        if reply is not None and self._level(found) >= CareLevel.EMERGENCY:
            if found.unsure:
                yield ASK_NOW
            yield ACTION_LISTEN_NAME
            return
        if found.cleared is not None:
            if not found.cleared:
                yield CLEARED
            yield ACTION_LISTEN_NAME
            return
        yield from self._check_up(found)
        corrected = found.corrected and found.level < found.before
        lesser = reply is None and self._own_level > CareLevel.NONE
        # To see a doctor some day answers no question on another matter: that is declined as well.
        declined = self._intent == OTHER_HEALTH and self._level(found) < CareLevel.URGENT_SAME_DAY
        told = self._intent in TOLD_IN_FULL and not declined
        if (reply is not None or corrected or lesser) and told:
            if found.unsure and reply is not None:
                yield ASK_NOW
            yield ACTION_LISTEN_NAME

    def _check_up(self, found: Course) -> Iterator[str]:
        answered = found.answered
        if self._intent == STOP and not answered and found.check_up.begun:
            yield LEFT
            yield ACTION_LISTEN_NAME
        elif self._intent in (START, ANSWER) or answered:
            if found.level >= CareLevel.EMERGENCY:
                yield ACTION_LISTEN_NAME
                return
            question = self._next_question(found)
            ended = found.check_up.ended and (answered or self._intent == ANSWER)
            yield SUMMARY if ended or question is None else question
            yield ACTION_LISTEN_NAME
        elif found.check_up.running and course.asks_nothing(self._event):
            yield AGAIN
            yield f"{QUESTION}{found.check_up.asked}"
            yield ACTION_LISTEN_NAME

    def _asked_this_turn(self) -> bool:
        return any(str(name).startswith(QUESTION) for name in self._said)

    def _next_question(self, found: Course) -> str | None:
        """The response that asks the first question not answered yet (the domain holds them in order)."""
        for response, variations in self._domain.responses.items():
            asked = (variations[0].get("metadata") or {}).get("check_up") if variations else None
            if asked and asked["id"] not in found.check_up.answers:
                return str(response)
        return None

    def _level(self, found: Course) -> CareLevel:
        """The level that this message calls for: its own, or what it adds up to with those before."""
        rises = found.level > found.before
        return max(self._own_level, found.added, found.level if rises else CareLevel.NONE)

    def _care_reply(self, found: Course) -> str | None:
        level = self._level(found)
        if found.cleared:
            level = max(level, found.level)
        if found.cleared is False and self._own_level is CareLevel.NONE:
            return None
        if level is CareLevel.NONE:
            return None
        telling = found.level > found.before or len(self._text.split()) > ANSWER_WORDS
        told = self._own_level > CareLevel.NONE and telling and not self._text.startswith("/")
        if found.answered and level < CareLevel.URGENT_SAME_DAY and not told:
            return None  # the summary says it at the end
        if level < CareLevel.EMERGENCY <= found.level:
            return None  # the reminder says what is graver
        level = max(level, found.level)
        return GRAVE if level is CareLevel.CRISIS and found.grave else f"{CARE_REPLY}{level.value}"

    def _said_nothing(self) -> bool:
        """Whether the last action that ran in this turn said nothing (the action server is away)."""
        said = False
        for event in _this_turn(self._tracker):  # latest first
            if isinstance(event, BotUttered):
                said = True
            elif isinstance(event, ActionExecuted) and str(event.action_name).startswith("action_"):
                if event.action_name != ACTION_LISTEN_NAME:
                    return not said
            elif isinstance(event, ActionExecuted):
                said = False  # what was said after it is the response's own
        return False


def _this_turn(tracker: DialogueStateTracker) -> Iterator[Event]:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return
        yield event


def _without_care(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The latest part of the conversation, in which this policy never said anything of its own."""
    kept: list[Event] = []
    own = False
    for event in recent(tracker, REMEMBERED):
        if isinstance(event, ActionExecuted):
            own = str(event.action_name).startswith(OWN)
            if event.action_name == STILL_NOT:  # what the rules know
                event = ActionExecuted(NOT_UNDERSTOOD, event.policy, event.confidence, event.timestamp)
        if not (own and isinstance(event, (ActionExecuted, BotUttered))):
            kept.append(event)
    return DialogueStateTracker.from_events(tracker.sender_id, kept, slots=tracker.slots.values())
