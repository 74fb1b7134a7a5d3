"""Actions that answer from the fact table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from charley.answers import ANY_MEDICINE, PASSED_OVER, Asked, Reply, Text, answer, more, show_sources
from charley.answers.follow_up import failed_before, place, told_before
from charley.care.course import Course, course_of
from charley.care.levels import CareLevel
from charley.facts import Attribute, FactTable, SubjectKind
from charley.knowledge import knowledge_at_hand as knowledge
from charley.reading.roles import EXCESS

SUBJECT = "subject"
MEMORY = ("last_question", "last_subjects", "earlier_subjects", "last_facts", "remaining_facts")  # slots
NAMED_ONLY = "inform_subject"
ABOUT_CHARLEY = "ask_sources"
COMPARISON = "ask_comparison"
REPORT = "report_symptom"
# The other parts of a message that also asks what can be looked up.
NOT_LOOKED_UP = {"out_of_scope": "utter_decline", "out_of_scope_health": "utter_decline_health"}
NOT_UNDERSTOOD, STILL_NOT = "utter_not_understood", "utter_still_not_understood"
WHICH_SUBJECT = "utter_which_subject"
TOO_MUCH = re.compile(r"\b(too much|too high|high|excess|excessive|elevated|overdose)\b", re.IGNORECASE)
SURE = 0.75  # of an intent: below it the next one is answered too,
LIKELY = 0.15  # if it is as probable as this;
SURE_ON, LIKELY_ON = 0.9, 0.08  # the same for a question that leans on the last one and says less
# How much less likely a question is of which nothing is known on what the talk is about, if it needs a subject,
UNFIT = 0.05
UNLIKE = 0.2  # and if it may be about cramps in general; chosen on tests/development/talks.csv
ALONE = frozenset({NAMED_ONLY, REPORT, COMPARISON, ABOUT_CHARLEY})  # never answered beside another
SPECIAL_GROUP, SAFETY = "ask_special_group", "ask_supplement_safety"
IT = re.compile(r"\b(have|take|use|try|drink|eat|do) (it|that|this|them|these|those)\b", re.IGNORECASE)
ELLIPTIC = re.compile(r"(and|but|or|so|ok|what about|how about|for|if|in|during|when|with)\b", re.IGNORECASE)
FEW_WORDS, MORE_WORDS = 6, 10  # of a message that leans on what was said before
REFERS_BACK = re.compile(r"\b(it|its|that|this|them|they|these|those|one|ones)\b", re.IGNORECASE)
IT_ALONE = re.compile(r"\b(it|that|this)\b", re.IGNORECASE)
THEY = re.compile(r"\b(they|them|these|those)\b", re.IGNORECASE)
OF_CRAMPS = frozenset({"ask_relief", "ask_prevention", "ask_duration", "ask_prevalence"})
# Asked of something that is to help: cramps named beside are what it is to help against.
OF_A_MEANS = frozenset({"ask_evidence", "ask_supplement", "ask_supplement_safety", "ask_intake", "ask_role"})


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
        before, earlier = _talked_of(tracker)
        questions = _questions(tracker)
        for question, then in zip_longest(questions, questions[1:]):
            if not before and then and question.intent in OF_A_MEANS:
                before = then.subjects  # "what do studies say, do statins cause cramps?"
            subjects = _subjects(question, before, earlier)
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
        picked = _picked(tracker, tracker.latest_message.get("text") or "")
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


@dataclass(frozen=True)
class _Question:
    """What a message, or one part of it (`text`), asks: an intent, and the subjects that it names."""

    intent: str
    subjects: Sequence[str]
    text: str
    perhaps: str | None = None  # the intent that comes next, where the first is in doubt


def _questions(tracker: Tracker) -> list[_Question]:
    """What the latest message asks, in order: several things where the classifier saw them."""
    table, text = knowledge().table, tracker.latest_message.get("text") or ""
    # The tracker's own get_latest_entity_values gives only those without a role.
    entities = [e for e in tracker.latest_message.get("entities") or [] if e["entity"] == SUBJECT]
    several = [
        _Question(part["intent"], part["subjects"], text[part["start"] : part["end"]])
        for part in tracker.latest_message.get("questions") or []
    ]
    if not several:
        named = [entity["value"] for entity in entities if entity["value"] in table.subjects]
        intent = tracker.get_intent_of_latest_message()
        if intent == SPECIAL_GROUP and IT.search(text):  # "can pregnant women have it?"
            intent = SAFETY
        if _asks_again(intent, named, text):
            intent, second = _again(tracker.get_slot("last_question"), named, intent), None
        else:
            intent, second = _meant(tracker, intent, named)
        several = [_Question(intent, named or _picked(tracker, text), text, second)]
    roles = {entity["value"]: entity["role"] for entity in entities if entity.get("role")}
    return _together([each for question in several for each in _by_role(question, roles)])


def _asks_again(intent: str | None, named: Sequence[str], text: str) -> bool:
    """Whether a message asks the last question again, of something else ("and potassium?", "for a teenager?")."""
    if intent == SPECIAL_GROUP:
        return bool(ELLIPTIC.match(text)) and len(text.split()) <= FEW_WORDS
    return intent == NAMED_ONLY and bool(named) and not _all_outside(named)


def _all_outside(subjects: Sequence[str]) -> bool:
    """Whether none of the subjects, of which there are some, is Charley's matter ("my period cramps")."""
    kinds = {knowledge().table.subjects[subject].kind for subject in subjects}
    return kinds == {SubjectKind.OUTSIDE}


def _again(last: str | None, named: Sequence[str], intent: str) -> str:
    """The last question, if it can be answered for what is named now; else `intent`."""
    table, questions = knowledge().table, knowledge().questions
    if last is None or last not in questions or intent not in questions:
        return intent
    asked = questions[last]
    telling = any(table.about(s, asked.attributes) for s in named)
    kinds = {table.subjects[s].kind for s in named if s != ANY_MEDICINE}
    return last if telling or kinds <= {SubjectKind.GROUP} else intent


def _talked_of(tracker: Tracker) -> tuple[Sequence[str], Sequence[str]]:
    """The subjects that the talk was about last, and those before."""
    last, earlier = (tracker.get_slot(slot) or [] for slot in ("last_subjects", "earlier_subjects"))
    told = [s for s in told_before(tracker.events) if s in knowledge().table.subjects]
    return (
        (told, last or earlier) if told else (last, earlier)
    )  # "I take a statin and ache": care, and no answer


def _is_nutrient(subject: str) -> bool:
    return knowledge().table.subjects[subject].kind is SubjectKind.NUTRIENT


def _meant(tracker: Tracker, intent: str | None, named: Sequence[str]) -> tuple[str | None, str | None]:
    """The question that the latest message asks, and the one that it may ask instead where that is in doubt.

    `intent`; but what names nothing and is asked on is about what the talk is about: "any other clues?" after an
    answer on narrowed arteries asks how these are told, not for signs of a lack.
    """
    questions = knowledge().questions
    ranking = {
        each["name"]: each["confidence"] for each in tracker.latest_message.get("intent_ranking") or []
    }
    asking = {name: sure for name, sure in ranking.items() if name in questions and name not in ALONE}
    if intent not in asking:
        return intent, None
    on = bool(_talked_of(tracker)[0]) and not named
    if on:
        asking = {name: sure * _fit(tracker, name) for name, sure in asking.items()}
        whole = sum(asking.values())
        asking = {name: share / whole for name, share in asking.items()}
        intent = max(asking, key=lambda name: asking[name])
    sure = asking.pop(intent)
    second = max(asking, key=lambda name: asking[name], default=None)
    doubted = second and sure < (SURE_ON if on else SURE) and asking[second] >= (LIKELY_ON if on else LIKELY)
    return intent, second if doubted else None


def _fit(tracker: Tracker, intent: str) -> float:
    """How much likelier a question is for what is known of it on what was asked about: 1 at most."""
    table, asked = knowledge().table, knowledge().questions[intent]
    before, earlier = _talked_of(tracker)
    about = [*(list(filter(_is_main, before)) or before), *earlier]
    if any(table.about(subject, asked.attributes) for subject in about):
        return 1.0
    return UNFIT if asked.needs_subject else UNLIKE


def _in_passing(subject: str) -> bool:
    """Whether people name a subject beside the one that they ask about."""
    return subject == ANY_MEDICINE or knowledge().table.subjects[subject].kind in PASSED_OVER


def _is_main(subject: str) -> bool:
    """Whether a talk that is about a subject goes on being so when others are named in passing."""
    return not _in_passing(subject) and knowledge().table.subjects[subject].kind is not SubjectKind.CRAMP


def _perhaps(question: _Question, subjects: Sequence[str], level: CareLevel) -> str | None:
    """The question that may be meant as well, unless it is not answered now."""
    second = question.perhaps and replace(question, intent=question.perhaps)
    return second.intent if second and not _no_answer(second, subjects, level) else None


def _together(questions: Sequence[_Question]) -> list[_Question]:
    """Neighbours that ask the same of different subjects, as one."""
    joined: list[_Question] = []
    for question in questions:
        last = joined[-1] if joined else None
        if last and (last.intent, last.text) == (question.intent, question.text) and last.subjects:
            joined[-1] = replace(last, subjects=[*last.subjects, *question.subjects])
        else:
            joined.append(question)
    return joined


def _no_answer(question: _Question, subjects: Sequence[str], level: CareLevel) -> str | None:
    """The response to a question that is not looked up; None for any other."""
    questions = knowledge().questions
    if question.intent not in questions:
        return NOT_LOOKED_UP.get(question.intent, NOT_UNDERSTOOD)
    if not subjects and questions[question.intent].needs_subject:
        # Unclear, or not our matter.
        return WHICH_SUBJECT if REFERS_BACK.search(question.text) else "utter_no_fact"
    if _all_outside(subjects):
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


def _picked(tracker: Tracker, text: str) -> list[str]:
    """The one of several subjects answered for that a message means by its place ("the second one")."""
    at = place(text)
    for slot in ("last_subjects", "earlier_subjects"):
        listed = tracker.get_slot(slot) or []
        if at is not None and len(listed) > max(at, 1):
            return [listed[at]]
    return []


def _subjects(question: _Question, before: Sequence[str], earlier: Sequence[str]) -> Sequence[str]:
    """What a question is about: what it names, or what was asked about before, or both."""
    named = question.subjects
    if not named:
        return _same_subjects(before, question, earlier)
    facts = knowledge()
    asked = facts.questions.by_intent.get(question.intent)
    if asked is None or question.intent in ALONE or len(question.text.split()) > MORE_WORDS:
        return named
    kinds = {facts.table.subjects[s].kind for s in named}
    if kinds == {SubjectKind.CRAMP} and question.intent in OF_A_MEANS:  # "any use for cramp at night?"
        meant = any(map(_is_main, before)) and _leans_back(question.text)
        return [*_same_subjects(before, question, earlier), *named] if meant else named
    if not all(map(_in_passing, named)):
        return named
    if not REFERS_BACK.search(question.text) and any(facts.table.about(s, asked.attributes) for s in named):
        return named
    same = _same_subjects(before, question, earlier)
    if same and set(named) == {ANY_MEDICINE}:  # "is that safe with my tablets?"
        return same
    return [*same, *named]  # "what amount for my granny?"


def _leans_back(text: str) -> bool:
    """Whether a message means what was said before: by a word for it, or for want of words."""
    return bool(REFERS_BACK.search(text)) or len(text.split()) <= FEW_WORDS


def _same_subjects(before: Sequence[str], question: _Question, earlier: Sequence[str]) -> list[str]:
    """The subjects asked about before, for a question that names none ("which foods have it?").

    The latest that there are facts on. A question that means nothing by itself may also be about
    those before, or have an answer that is near.
    """
    facts = knowledge()
    if question.intent not in facts.questions or question.intent in (REPORT, NAMED_ONLY):
        return []  # who tells of a new cramp does not mean what was asked before
    if question.intent == COMPARISON and len(before) == 1:
        before = [*(s for s in earlier if s not in before), *before]  # "which one is better?"
    asked, main = facts.questions[question.intent], list(filter(_is_main, before))
    if question.intent in OF_CRAMPS and THEY.search(question.text) and all(map(_is_nutrient, main)):
        return []  # "what stops them?" after magnesium: cramps
    found = [s for s in before if facts.table.about(s, asked.attributes)]
    conditions = [s for s in main if facts.table.subjects[s].kind is SubjectKind.CONDITION]
    if conditions and IT_ALONE.search(question.text) and not set(conditions) & set(found):
        return conditions  # "who gets it?" after tetany: an honest no, and what is near
    if not main and not found and question.intent in OF_A_MEANS:
        found = [s for s in earlier if facts.table.about(s, asked.attributes)]
    if REFERS_BACK.search(question.text) and not any(map(_is_main, before)) and all(map(_in_passing, found)):
        # "how much of it is too much?" after "and in pregnancy?"
        found = [s for s in earlier if not _in_passing(s) and facts.table.about(s, asked.attributes)] + found
    if found or not asked.needs_subject:
        return found
    narrow = [s for s in before if facts.table.subjects[s].kind is not SubjectKind.CRAMP]
    near = [s for s in narrow if facts.table.about(s, asked.related)]
    those_before = [s for s in earlier if facts.table.about(s, asked.attributes)]
    # "Is that all right?" is asked of the latest, "any side effects?" perhaps of what was before it.
    return (near or those_before) if REFERS_BACK.search(question.text) else (those_before or near)


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


def _by_role(question: _Question, roles: Mapping[str, str]) -> Iterator[_Question]:
    """The question, of each subject what is wanted or feared of it ("low magnesium or too much calcium")."""
    questions = knowledge().questions
    others = questions[question.intent].by_role if question.intent in questions else {}
    if not question.subjects:
        meant = others.get(EXCESS) if TOO_MUCH.search(question.text) else None
        yield replace(question, intent=meant, perhaps=None) if meant else question
    for subject in question.subjects:
        meant = others.get(roles.get(subject, ""))
        found = replace(question, subjects=[subject])
        yield replace(found, intent=meant, perhaps=None) if meant else found


def _worth_repeating(intent: str) -> str | None:
    return None if intent in (NAMED_ONLY, REPORT) else intent


def _in_general(tracker: Tracker, intent: str) -> list[str]:
    """What a talk is about after a question that named nothing was answered in general: that, and what it was about."""
    return [*filter(_is_main, tracker.get_slot("last_subjects") or []), knowledge().questions[intent].subject]


def _remember(reply: Reply) -> list[EventType]:
    said: Sequence[str] = [fact.id for fact in reply.facts]
    return [SlotSet("last_facts", list(said)), SlotSet("remaining_facts", list(reply.rest))]


def _remember_subjects(tracker: Tracker, named: Sequence[str]) -> list[EventType]:
    """What was asked about, and what before that."""
    before = tracker.get_slot("last_subjects") or []
    if all(knowledge().table.subjects[s].kind is SubjectKind.GROUP for s in named):
        # After "and in pregnancy?" it still is about magnesium.
        named = [*filter(_is_main, before), *named]
    named = list(dict.fromkeys(named))
    changed = [SlotSet("earlier_subjects", before)] if before and named != before else []
    return [SlotSet("last_subjects", named), *changed]


def _utter(dispatcher: CollectingDispatcher, reply: Reply, level: CareLevel) -> None:
    dispatcher.utter_message(
        text=reply.text,
        buttons=[button.as_dict() for button in reply.buttons],
        metadata=reply.metadata(level.value),
    )
