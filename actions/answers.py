"""Actions that answer from the fact table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.meaning import (
    ABOUT_CHARLEY,
    COMPARISON,
    NAMED_ONLY,
    OF_A_MEANS,
    REFERS_BACK,
    REPORT,
    Question,
    all_outside,
    is_main,
    picked_by_place,
    questions_of,
    subjects_of,
    talked_of,
)
from charley.answers import Asked, Reply, Text, answer, more, show_sources
from charley.answers.follow_up import failed_before
from charley.care.course import Course, course_of
from charley.care.levels import CareLevel
from charley.facts import Attribute, FactTable, SubjectKind
from charley.knowledge import knowledge_at_hand as knowledge

MEMORY = ("last_question", "last_subjects", "earlier_subjects", "last_facts", "remaining_facts")  # slots
# The other parts of a message that also asks what can be looked up.
NOT_LOOKED_UP = {"out_of_scope": "utter_decline", "out_of_scope_health": "utter_decline_health"}
NOT_UNDERSTOOD, STILL_NOT = "utter_not_understood", "utter_still_not_understood"
WHICH_SUBJECT = "utter_which_subject"


class AnswerQuestion(Action):
    """Answers what the latest message asks, be it one thing or several."""

    def name(self) -> str:
        return "action_answer_question"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        course = course_of(tracker.events)
        asked: list[Asked] = []
        instead: list[str] = []  # responses, where there is nothing to look up
        before, earlier = talked_of(tracker)
        questions = questions_of(tracker)
        for question, then in zip_longest(questions, questions[1:]):
            if not before and then and question.intent in OF_A_MEANS:
                before = then.subjects  # "what do studies say, do statins cause cramps?"
            subjects = subjects_of(question, before, earlier)
            if question.intent == COMPARISON and len(subjects) == 1:  # "how is it different from a cramp?"
                subjects = [*(s for s in before if s not in subjects), *subjects]
            response = _no_answer(question, subjects, course.level)
            if response:
                failed = response in (NOT_UNDERSTOOD, WHICH_SUBJECT) and failed_before(tracker.events)
                instead.append(STILL_NOT if failed else response)
            else:
                asked.append(Asked(question.intent, subjects, _perhaps(question, subjects, course.level)))
            before = subjects or before
        events: list[EventType] = []
        if asked:
            reply = _mindful_answer(course, asked)
            _utter(dispatcher, reply, course.level)
            last = asked[-1]
            events = [
                *_remember(reply),
                SlotSet("last_question", _worth_repeating(last.intent)),
                *_remember_subjects(tracker, last.named or _in_general(tracker, last.intent)),
            ]
        for response in dict.fromkeys(instead):
            dispatcher.utter_message(response=response)
        return events


class TellMore(Action):
    """Goes on with what did not fit into the last answer."""

    def name(self) -> str:
        return "action_tell_more"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        course = course_of(tracker.events)
        picked = picked_by_place(tracker, tracker.latest_message.get("text") or "")
        if picked:  # "tell me more about the second one"
            asked = Asked(NAMED_ONLY, picked)
            reply = _mindful_answer(course, [asked])
            _utter(dispatcher, reply, course.level)
            return [*_remember(reply), *_remember_subjects(tracker, picked)]
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
        reply = answer(facts.table, facts.questions, [Asked(ABOUT_CHARLEY)])
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
        return [SlotSet(slot, None) for slot in MEMORY]


def _perhaps(question: Question, subjects: Sequence[str], level: CareLevel) -> str | None:
    """The question that may be meant as well, unless it is not answered now."""
    second = question.perhaps and replace(question, intent=question.perhaps)
    return second.intent if second and not _no_answer(second, subjects, level) else None


def _no_answer(question: Question, subjects: Sequence[str], level: CareLevel) -> str | None:
    """The response to a question that is not looked up; None for any other."""
    questions = knowledge().questions
    if question.intent not in questions:
        return NOT_LOOKED_UP.get(question.intent, NOT_UNDERSTOOD)
    if not subjects and questions[question.intent].needs_subject:
        # Unclear, or not our matter.
        return WHICH_SUBJECT if REFERS_BACK.search(question.text) else "utter_no_fact"
    if all_outside(subjects):
        return "utter_decline_other_cramps"
    for_relief = subjects and all(_relieves(subject) for subject in question.subjects or subjects)
    if (questions[question.intent].withheld or for_relief) and level >= CareLevel.URGENT_SAME_DAY:
        return "utter_care_withheld"
    return None


def _relieves(subject: str) -> bool:
    """Whether a subject is a way of treating the leg ("can I rub it?"), whatever is asked of it."""
    table = knowledge().table
    return table.subjects[subject].kind is SubjectKind.REMEDY and bool(
        table.about(subject, [Attribute.RELIEF])
    )


def _mindful_answer(course: Course, asked: Sequence[Asked]) -> Reply:
    """The answer, less what the person's own report or medicines forbid; it says that this is so."""
    known, not_now = knowledge(), _not_now(course.level)
    table, forbidden = _table_for(course)
    reply = answer(table, known.questions, asked, not_now)
    if not forbidden:
        return reply
    whole = answer(known.table, known.questions, asked, not_now)
    said = dict.fromkeys(forbidden[fact.id] for fact in whole.facts if fact.id in forbidden)
    said |= dict.fromkeys(forbidden[id_] for id_ in whole.rest if id_ in forbidden)
    return replace(reply, blocks=[*map(Text, said), *reply.blocks]) if said else reply


def _table_for(course: Course) -> tuple[FactTable, dict[str, str]]:
    """The fact table without what must not be said to this person, and what to say instead."""
    known = knowledge()
    forbidden: dict[str, str] = {}
    for caution in known.care.cautions:
        if caution.id in course.cautions or set(caution.flags) & set(course.flags):
            forbidden = {**known.forbidden[caution.id], **forbidden}
    return (known.table.without(forbidden), forbidden) if forbidden else (known.table, {})


def _not_now(level: CareLevel) -> frozenset[Attribute]:
    """No tips on rubbing, heat or stretching, on any path, once someone should be seen the same day."""
    return frozenset({Attribute.RELIEF}) if level >= CareLevel.URGENT_SAME_DAY else frozenset()


def _worth_repeating(intent: str) -> str | None:
    return None if intent in (NAMED_ONLY, REPORT) else intent


def _in_general(tracker: Tracker, intent: str) -> list[str]:
    """What a talk is about after a question that named nothing was answered in general: that, and what it was about."""
    before = tracker.get_slot("last_subjects") or []
    kept = [s for s in before if knowledge().table.subjects[s].kind is not SubjectKind.CRAMP]
    return [*kept, knowledge().questions[intent].subject]


def _remember(reply: Reply) -> list[EventType]:
    said: Sequence[str] = [fact.id for fact in reply.facts]
    return [SlotSet("last_facts", list(said)), SlotSet("remaining_facts", list(reply.rest))]


def _remember_subjects(tracker: Tracker, named: Sequence[str]) -> list[EventType]:
    """What was asked about, and what before that."""
    before = tracker.get_slot("last_subjects") or []
    if all(knowledge().table.subjects[s].kind is SubjectKind.GROUP for s in named):
        # After "and in pregnancy?" it still is about magnesium.
        named = [*filter(is_main, before), *named]
    named = list(dict.fromkeys(named))
    changed = [SlotSet("earlier_subjects", before)] if before and named != before else []
    return [SlotSet("last_subjects", named), *changed]


def _utter(dispatcher: CollectingDispatcher, reply: Reply, level: CareLevel) -> None:
    dispatcher.utter_message(
        text=reply.text,
        buttons=[button.as_dict() for button in reply.buttons],
        metadata=reply.metadata(level.value),
    )
