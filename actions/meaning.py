"""What a message asks, and of what, given what the talk was about: "and potassium?", "is that safe?", "any other clues?"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rasa_sdk import Tracker

from charley.answers import ANY_MEDICINE, PASSED_OVER
from charley.answers.follow_up import place, told_before
from charley.facts import SubjectKind
from charley.knowledge import knowledge_at_hand as knowledge
from charley.reading.roles import EXCESS

SUBJECT = "subject"  # the entity
NAMED_ONLY = "inform_subject"
ABOUT_CHARLEY = "ask_sources"
COMPARISON = "ask_comparison"
REPORT = "report_symptom"
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
OF_THEM = re.compile(
    r"\b(of|the) (two|both|them|those|these|three)\b|\bwhich (one|is|would)\b", re.IGNORECASE
)
THEY = re.compile(r"\b(they|them|these|those)\b", re.IGNORECASE)
OF_CRAMPS = frozenset({"ask_relief", "ask_prevention", "ask_duration", "ask_prevalence"})
# Asked of something that is to help: cramps named beside are what it is to help against.
OF_A_MEANS = frozenset({"ask_evidence", "ask_supplement", "ask_supplement_safety", "ask_intake", "ask_role"})


@dataclass(frozen=True)
class Question:
    """What a message, or one part of it (`text`), asks: an intent, and the subjects that it names."""

    intent: str
    subjects: Sequence[str]
    text: str
    perhaps: str | None = None  # the intent that comes next, where the first is in doubt


def questions_of(tracker: Tracker) -> list[Question]:
    """What the latest message asks, in order: several things where the classifier saw them."""
    table, text = knowledge().table, tracker.latest_message.get("text") or ""
    # The tracker's own get_latest_entity_values gives only those without a role.
    entities = [e for e in tracker.latest_message.get("entities") or [] if e["entity"] == SUBJECT]
    several = [
        Question(part["intent"], part["subjects"], text[part["start"] : part["end"]])
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
        several = [Question(intent, named or picked_by_place(tracker, text), text, second)]
    roles = {entity["value"]: entity["role"] for entity in entities if entity.get("role")}
    return _together([each for question in several for each in _by_role(question, roles)])


def talked_of(tracker: Tracker) -> tuple[Sequence[str], Sequence[str]]:
    """The subjects that the talk was about last, and those before."""
    last, earlier = (tracker.get_slot(slot) or [] for slot in ("last_subjects", "earlier_subjects"))
    told = [s for s in told_before(tracker.events) if s in knowledge().table.subjects]
    # "I take a statin and ache" is told to see someone, and gets no answer.
    return (told, last or earlier) if told else (last, earlier)


def subjects_of(question: Question, before: Sequence[str], earlier: Sequence[str]) -> Sequence[str]:
    """What a question is about: what it names, or what was asked about before, or both."""
    named = question.subjects
    if not named:
        return _same_subjects(before, question, earlier)
    facts = knowledge()
    asked = facts.questions.by_intent.get(question.intent)
    kinds = {facts.table.subjects[s].kind for s in named}
    if question.intent == COMPARISON and kinds == {SubjectKind.CRAMP} and OF_THEM.search(question.text):
        listed = [s for s in dict.fromkeys([*earlier, *before]) if s not in named]
        return listed if len(listed) > 1 else named  # "which of the two brings on cramps?"
    if asked is None or question.intent in ALONE or len(question.text.split()) > MORE_WORDS:
        return named
    if kinds == {SubjectKind.CRAMP} and question.intent in OF_A_MEANS:  # "any use for cramp at night?"
        meant = any(map(is_main, before)) and _leans_back(question.text)
        return [*_same_subjects(before, question, earlier), *named] if meant else named
    if not all(map(_in_passing, named)):
        return named
    if not REFERS_BACK.search(question.text) and any(facts.table.about(s, asked.attributes) for s in named):
        return named
    same = _same_subjects(before, question, earlier)
    if same and set(named) == {ANY_MEDICINE}:  # "is that safe with my tablets?"
        return same
    return [*same, *named]  # "what amount for my granny?"


def picked_by_place(tracker: Tracker, text: str) -> list[str]:
    """The one of several subjects answered for that a message means by its place ("the second one")."""
    at = place(text)
    for slot in ("last_subjects", "earlier_subjects"):
        listed = tracker.get_slot(slot) or []
        if at is not None and len(listed) > max(at, 1):
            return [listed[at]]
    return []


def all_outside(subjects: Sequence[str]) -> bool:
    """Whether none of the subjects, of which there are some, is Charley's matter ("my period cramps")."""
    kinds = {knowledge().table.subjects[subject].kind for subject in subjects}
    return kinds == {SubjectKind.OUTSIDE}


def is_main(subject: str) -> bool:
    """Whether a talk that is about a subject goes on being so when others are named in passing."""
    return not _in_passing(subject) and knowledge().table.subjects[subject].kind is not SubjectKind.CRAMP


def _asks_again(intent: str | None, named: Sequence[str], text: str) -> bool:
    """Whether a message asks the last question again, of something else ("and potassium?", "for a teenager?")."""
    if intent == SPECIAL_GROUP:
        return bool(ELLIPTIC.match(text)) and len(text.split()) <= FEW_WORDS
    return intent == NAMED_ONLY and bool(named) and not all_outside(named)


def _again(last: str | None, named: Sequence[str], intent: str) -> str:
    """The last question, if it can be answered for what is named now; else `intent`."""
    table, questions = knowledge().table, knowledge().questions
    if last is None or last not in questions or intent not in questions:
        return intent
    asked = questions[last]
    telling = any(table.about(s, asked.attributes) for s in named)
    kinds = {table.subjects[s].kind for s in named if s != ANY_MEDICINE}
    return last if telling or kinds <= {SubjectKind.GROUP} else intent


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
    on = bool(talked_of(tracker)[0]) and not named
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
    before, earlier = talked_of(tracker)
    about = [*(list(filter(is_main, before)) or before), *earlier]
    if any(table.about(subject, asked.attributes) for subject in about):
        return 1.0
    return UNFIT if asked.needs_subject else UNLIKE


def _together(questions: Sequence[Question]) -> list[Question]:
    """Neighbours that ask the same of different subjects, as one."""
    joined: list[Question] = []
    for question in questions:
        last = joined[-1] if joined else None
        if last and (last.intent, last.text) == (question.intent, question.text) and last.subjects:
            joined[-1] = replace(last, subjects=[*last.subjects, *question.subjects])
        else:
            joined.append(question)
    return joined


def _by_role(question: Question, roles: Mapping[str, str]) -> Iterator[Question]:
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


def _same_subjects(before: Sequence[str], question: Question, earlier: Sequence[str]) -> list[str]:
    """The subjects asked about before, for a question that names none ("which foods have it?").

    The latest that there are facts on. A question that means nothing by itself may also be about
    those before, or have an answer that is near.
    """
    facts = knowledge()
    if question.intent not in facts.questions or question.intent in (REPORT, NAMED_ONLY):
        return []  # who tells of a new cramp does not mean what was asked before
    if question.intent == COMPARISON and len(before) == 1:
        before = [*(s for s in earlier if s not in before), *before]  # "which one is better?"
    asked, main = facts.questions[question.intent], list(filter(is_main, before))
    if question.intent in OF_CRAMPS and THEY.search(question.text) and all(map(_is_nutrient, main)):
        return []  # "what stops them?" after magnesium: cramps
    found = [s for s in before if facts.table.about(s, asked.attributes)]
    conditions = [s for s in main if facts.table.subjects[s].kind is SubjectKind.CONDITION]
    if conditions and IT_ALONE.search(question.text) and not set(conditions) & set(found):
        return conditions  # "who gets it?" after tetany: an honest no, and what is near
    of_someone = all(facts.table.subjects[s].kind in (SubjectKind.GROUP, SubjectKind.CRAMP) for s in before)
    if of_someone and not found and question.intent in OF_A_MEANS:
        found = [s for s in earlier if facts.table.about(s, asked.attributes)]
    if REFERS_BACK.search(question.text) and of_someone and all(map(_in_passing, found)):
        # "how much of it is too much?" after "and in pregnancy?"
        found = [s for s in earlier if not _in_passing(s) and facts.table.about(s, asked.attributes)] + found
    if found or not asked.needs_subject:
        return found
    narrow = [s for s in before if facts.table.subjects[s].kind is not SubjectKind.CRAMP]
    near = [s for s in narrow if facts.table.about(s, asked.related)]
    those_before = [s for s in earlier if facts.table.about(s, asked.attributes)]
    # "Is that all right?" is asked of the latest, "any side effects?" perhaps of what was before it.
    return (near or those_before) if REFERS_BACK.search(question.text) else (those_before or near)


def _leans_back(text: str) -> bool:
    """Whether a message means what was said before: by a word for it, or for want of words."""
    return bool(REFERS_BACK.search(text)) or len(text.split()) <= FEW_WORDS


def _in_passing(subject: str) -> bool:
    """Whether people name a subject beside the one that they ask about."""
    return subject == ANY_MEDICINE or knowledge().table.subjects[subject].kind in PASSED_OVER


def _is_nutrient(subject: str) -> bool:
    return knowledge().table.subjects[subject].kind is SubjectKind.NUTRIENT
