"""Actions that answer from the fact table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from charley.answers import Reply, answer, more, show_sources
from charley.care.cautions import left_out
from charley.care.course import Course, course_of
from charley.care.levels import CareLevel
from charley.facts import Attribute, FactTable, SubjectKind
from charley.knowledge import knowledge_at_hand as knowledge

SUBJECT = "subject"
NAMED_ONLY = "inform_subject"
ABOUT_CHARLEY = "ask_sources"
REPORT = "report_symptom"
TOO_MUCH = re.compile(r"\b(too much|too high|high|excess|excessive|elevated|overdose)\b", re.IGNORECASE)
REFERS_BACK = re.compile(r"\b(it|its|that|this|them|they|these|those|one|ones)\b", re.IGNORECASE)


class AnswerQuestion(Action):
    """Answers the question that the latest message asks."""

    def name(self) -> str:
        return "action_answer_question"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        facts = knowledge()
        intent = tracker.get_intent_of_latest_message()
        subjects = [s for s in tracker.get_latest_entity_values(SUBJECT) if s in facts.table.subjects]
        if intent == NAMED_ONLY and tracker.get_slot("last_question") and subjects:
            intent = tracker.get_slot("last_question")  # "and potassium?" asks the same again
        intent = _of_excess(tracker, intent)
        if not subjects and intent != NAMED_ONLY:
            subjects = _same_subjects(tracker, intent)
        if intent not in facts.questions:
            dispatcher.utter_message(response="utter_not_understood")
            return []
        if not subjects and facts.questions[intent].needs_subject:
            dispatcher.utter_message(response=_nothing_to_look_up(tracker))
            return []
        if all(facts.table.subjects[s].kind is SubjectKind.OUTSIDE for s in subjects) and subjects:
            dispatcher.utter_message(response="utter_decline_other_cramps")
            return []
        course = course_of(tracker.events)
        if facts.questions[intent].withheld and course.level >= CareLevel.URGENT_SAME_DAY:
            dispatcher.utter_message(response="utter_care_withheld")
            return []
        reply = _mindful_answer(course, intent, subjects)
        _utter(dispatcher, reply, course.level)
        return [
            *_remember(reply),
            SlotSet("last_question", _worth_repeating(intent)),
            SlotSet("last_subjects", subjects),
        ]


class TellMore(Action):
    """Goes on with what did not fit into the last answer."""

    def name(self) -> str:
        return "action_tell_more"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        course = course_of(tracker.events)
        table, _ = _table_for(course)
        rest = [id_ for id_ in tracker.get_slot("remaining_facts") or [] if id_ in table.facts]
        reply = more(table, [id_ for id_ in rest if table.facts[id_].attribute not in _not_now(course.level)])
        _utter(dispatcher, reply, course.level)
        return _remember(reply)


class ShowSources(Action):
    """Tells where the last answer comes from, or what Charley rests on where there was none."""

    def name(self) -> str:
        return "action_show_sources"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        facts = knowledge()
        said = [id_ for id_ in tracker.get_slot("last_facts") or [] if id_ in facts.table.facts]
        level = course_of(tracker.events).level
        if said:
            _utter(dispatcher, show_sources(facts.table, said), level)
            return []  # "source?" is no new answer: "more" still goes on with the one before
        reply = answer(facts.table, facts.questions, ABOUT_CHARLEY)
        _utter(dispatcher, reply, level)
        return _remember(reply)


class StartAgain(Action):
    """Forgets what the talk was about; the care level in force stays."""

    def name(self) -> str:
        return "action_start_again"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        dispatcher.utter_message(response="utter_started_again")
        return [
            SlotSet(slot, None)
            for slot in ("last_question", "last_subjects", "last_facts", "remaining_facts")
        ]


def _same_subjects(tracker: Tracker, intent: str) -> list[str]:
    """The subjects of the answer before, for a question that names none ("which foods have it?")."""
    facts = knowledge()
    if intent not in facts.questions or intent == REPORT:
        return []  # who tells of a new cramp does not mean what was asked before
    attributes = facts.questions[intent].attributes
    return [s for s in tracker.get_slot("last_subjects") or [] if facts.table.about(s, attributes)]


def _mindful_answer(course: Course, intent: str, subjects: Sequence[str]) -> Reply:
    """The answer, less what the person's own report or medicines forbid; it says that this is so."""
    known, not_now = knowledge(), _not_now(course.level)
    table, forbidden = _table_for(course)
    reply = answer(table, known.questions, intent, subjects, not_now)
    if not forbidden:
        return reply
    whole = answer(known.table, known.questions, intent, subjects, not_now)
    said = dict.fromkeys(forbidden[fact.id] for fact in whole.facts if fact.id in forbidden)
    said |= dict.fromkeys(forbidden[id_] for id_ in whole.rest if id_ in forbidden)
    return replace(reply, paragraphs=[*said, *reply.paragraphs]) if said else reply


def _table_for(course: Course) -> tuple[FactTable, dict[str, str]]:
    """The fact table without what must not be said to this person, and what to say instead."""
    known = knowledge()
    cautions = [c for c in known.care.cautions if c.id in course.cautions or set(c.flags) & set(course.flags)]
    if not cautions:
        return known.table, {}
    forbidden = left_out(known.table.facts.values(), cautions)
    return known.table.without(forbidden), forbidden


def _not_now(level: CareLevel) -> frozenset[Attribute]:
    """No tips on rubbing, heat or stretching, on any path, once someone should be seen the same day."""
    return frozenset({Attribute.RELIEF}) if level >= CareLevel.URGENT_SAME_DAY else frozenset()


def _of_excess(tracker: Tracker, intent: str) -> str:
    """The question on too much of a thing, where that and not a lack of it is asked about."""
    questions = knowledge().questions
    if intent not in questions or not TOO_MUCH.search(tracker.latest_message.get("text") or ""):
        return intent
    return questions[intent].of_excess or intent


def _nothing_to_look_up(tracker: Tracker) -> str:
    """The response to a question about nothing that the table knows: unclear, or not our matter."""
    text = tracker.latest_message.get("text") or ""
    return "utter_which_subject" if REFERS_BACK.search(text) else "utter_no_fact"


def _worth_repeating(intent: str) -> str | None:
    return None if intent in (NAMED_ONLY, REPORT) else intent


def _remember(reply: Reply) -> list[EventType]:
    said: Sequence[str] = [fact.id for fact in reply.facts]
    return [SlotSet("last_facts", list(said)), SlotSet("remaining_facts", list(reply.rest))]


def _utter(dispatcher: CollectingDispatcher, reply: Reply, level: CareLevel) -> None:
    dispatcher.utter_message(
        text=reply.text,
        buttons=[button.as_dict() for button in reply.buttons],
        metadata=reply.metadata(level.value),
    )
