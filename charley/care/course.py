"""What a conversation has come to: the care level in force, what was reported, the check-up.

Worked out from all events since the session began, rewound and restarted ones included, never from
a slot, so that nothing but a new session or a corrected fact lowers a level (clinical.md, decision
rule 5). Plain Python over the events as dicts, in the form in which Rasa stores and sends them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from charley.care.check_up import Answer, is_plain_no, read_answer, says_yes
from charley.care.levels import CareLevel

SESSION_START = "action_session_start"
ANSWER = "answer_check_up"  # the intent of a payload that answers the check-up
HAS_IT, HAS_IT_NOT = "affirm_care", "deny_care"  # intents of the buttons under a closed question
CRISIS_FLAG = "self_harm_or_suicide"  # nothing takes it back
FRAIL = ("child", "pregnant", "over_65", "low_immunity")  # notes: one level up when in doubt (rule 12)
MAX_TRIES = 2  # at one question of the check-up
NO_QUESTIONS = frozenset(
    [
        "nlu_fallback",
        "not_english",
        "out_of_scope",
        "out_of_scope_health",
        "acknowledge",
        "inform_subject",
        "report_symptom",
        "complain",
    ]
)
GUESS = 0.5  # an intent less probable, of a message with no sign of a question, is no more than a guess
ASKING = frozenset(
    "what what's whats which who why when where how is are am was do does did can could may should would will and tell "
    "show explain give help stop".split()
)  # a message that begins so asks for something


@dataclass
class CheckUp:
    """Where the check-up stands. `asked` is the id of the question that waits for an answer."""

    asked: str | None = None
    tries: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    ended: bool = False
    begun: bool = False  # a question was asked in this session

    @property
    def running(self) -> bool:
        return self.asked is not None and not self.ended

    def end(self) -> None:
        """Ask no more."""
        self.asked, self.ended = None, True


@dataclass
class Course:
    """What was reported since the session began.

    Attributes:
        level: in force now.
        before: in force before the latest message.
        flags, notes, cautions: of all messages.
        countries: all that were told (ISO codes), however; more than one contradict each other.
        unsure: the latest message's level rests on doubt and has not been cleared up.
        grave: someone may harm themselves, and there is another emergency besides.
        corrected: the latest message took something back.
        cleared: the latest message answered the closed question: True it is so, False it is not.
        answered: the latest message answered the question that the check-up had asked.
        added: the level of what the latest message made up together with those before.
    """

    level: CareLevel = CareLevel.NONE
    before: CareLevel = CareLevel.NONE
    flags: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    cautions: set[str] = field(default_factory=set)
    countries: list[str] = field(default_factory=list)
    unsure: bool = False
    grave: bool = False
    corrected: bool = False
    cleared: bool | None = None
    answered: bool = False
    added: CareLevel = CareLevel.NONE
    check_up: CheckUp = field(default_factory=CheckUp)


@dataclass
class _Reports:
    """All reports of a session: the level that each flag stands for, and what waits for more."""

    notes: set[str]  # the course's own
    levels: dict[str, CareLevel] = field(default_factory=dict)
    doubts: dict[str, CareLevel] = field(default_factory=dict)
    together: dict[tuple[str, ...], dict[str, Any]] = field(
        default_factory=dict
    )  # each once, however often told
    denied: set[str] = field(default_factory=set)  # taken back, and not told anew
    other: CareLevel = CareLevel.NONE  # levels that came without a flag

    def report(self, flag: str, level: CareLevel) -> None:
        """Count a report for certain: a lesser one of the same flag lowers nothing."""
        if flag:
            self.levels[flag] = max(level, self.levels.get(flag, CareLevel.NONE))
        else:
            self.other = max(self.other, level)

    def confirm(self) -> None:
        """What was in doubt is so."""
        for flag, level in self.doubts.items():
            self.report(flag, self._in_doubt(level))
        self.doubts = {}

    def added_up(self) -> dict[str, CareLevel]:
        """Flags that reports of several messages make up, with their levels."""
        known = {*self.levels, *self.notes}
        complete = (
            t for t in self.together.values() if known.issuperset(t["parts"]) and t["flag"] not in self.denied
        )
        return {t["flag"]: CareLevel(t["level"]) for t in complete}

    def level(self, added: Mapping[str, CareLevel]) -> CareLevel:
        """The level in force; `added`: see `added_up`."""
        doubts = (self._in_doubt(level) for level in self.doubts.values())
        levels = (self.other, *self.levels.values(), *added.values(), *doubts)
        return max(levels, key=attrgetter("rank"))

    def _in_doubt(self, level: CareLevel) -> CareLevel:
        """The level that a doubtful report counts for: one up for the frail (rule 12)."""
        if self.notes.intersection(FRAIL) and CareLevel.NONE < level < CareLevel.EMERGENCY:
            return list(CareLevel)[level.rank + 1]
        return level


def course_of(events: Iterable[dict[str, Any]]) -> Course:
    """Read a conversation.

    Args:
        events: the tracker's, as dicts, oldest first.
    """
    course = Course()
    reports = _Reports(course.notes)
    questions: dict[str, dict[str, Any]] = {}  # of the check-up, by id, the one asked last at the end
    asked_now = False  # the last thing asked was whether a doubtful report is so
    added: dict[str, CareLevel] = {}
    for event in events:
        kind = event.get("event")
        if kind == "action" and event.get("name") == SESSION_START:
            course, questions, asked_now, added = Course(), {}, False, {}
            reports = _Reports(course.notes)
        elif kind == "bot":
            metadata = metadata_of(event)
            if metadata.get("check_up"):
                questions.pop(metadata["check_up"]["id"], None)
                questions[metadata["check_up"]["id"]] = metadata["check_up"]
            asked_now = bool(metadata.get("asks_now")) or asked_now
            _hear(metadata, course.check_up)
        elif kind == "user":
            course.before = course.level
            course.corrected, course.cleared, course.answered = False, None, False
            known = added
            if asked_now:
                _clear_up(event, course, reports)
            _take(event, course, reports)
            _answer(event, course, reports, questions)
            asked_now = False
            added = reports.added_up()
            course.level = reports.level(added)
            if questions and course.level > course.before and course.level >= CareLevel.URGENT_SAME_DAY:
                course.check_up.end()
            course.added = max(
                [level for flag, level in added.items() if flag not in known], default=CareLevel.NONE
            )
            course.flags += [flag for flag in added if flag not in course.flags]
            course.grave = CRISIS_FLAG in course.flags and CareLevel.EMERGENCY in (
                *reports.levels.values(),
                *added.values(),
                reports.other,
            )
    return course


def _hear(metadata: dict[str, Any], check_up: CheckUp) -> None:
    """Count what the bot said about the check-up."""
    asked = metadata.get("check_up")
    if asked:
        check_up.tries = check_up.tries + 1 if check_up.asked == asked["id"] else 1
        check_up.asked, check_up.ended, check_up.begun = asked["id"], False, True
    elif metadata.get("pauses_check_up"):
        check_up.asked = None
    elif metadata.get("ends_check_up"):
        check_up.end()


def _clear_up(event: dict[str, Any], course: Course, reports: _Reports) -> None:
    """The answer to the closed question; whatever is no clear no confirms the report."""
    intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
    text = event.get("text") or ""
    if intent == HAS_IT_NOT or is_plain_no(text):
        course.cleared = False
        for flag in reports.doubts:
            if flag in course.flags and flag not in reports.levels:
                course.flags.remove(flag)
        reports.doubts = {}
    else:
        course.cleared = True if intent == HAS_IT or says_yes(text) else None
        reports.confirm()


def level_in_force(events: Iterable[dict[str, Any]]) -> CareLevel:
    """The care level in force, from the tracker's events as dicts."""
    return course_of(events).level


def _take(event: dict[str, Any], course: Course, reports: _Reports) -> None:
    """Count what one message of the person reports."""
    parsed = event.get("parse_data") or {}
    care = parsed.get("care") or {}
    country = care.get("country") or country_in(event.get("metadata") or {})
    if country and country not in course.countries:
        course.countries.append(country)
    for flag in care.get("denied", ()):
        if flag != CRISIS_FLAG and flag in course.flags:
            course.corrected = True
            course.flags.remove(flag)
            reports.levels.pop(flag, None)
            reports.doubts.pop(flag, None)
            reports.denied.add(flag)
    level = CareLevel(care.get("level", CareLevel.NONE))
    told = {flag: CareLevel(value) for flag, value in (care.get("levels") or {}).items()}
    reports.denied -= set(told)
    course.unsure = bool(care.get("unsure"))
    doubtful = (care.get("vote") or {}).get("flag") if course.unsure else None
    for flag, told_level in (told or {"": level}).items():
        if course.unsure and doubtful in (None, flag):
            reports.doubts[flag] = max(told_level, reports.doubts.get(flag, CareLevel.NONE))
            told_level = _by_patterns(care, flag)
        if told_level > CareLevel.NONE:
            reports.report(flag, told_level)
    course.flags += [flag for flag in told if flag not in course.flags]
    course.notes.update(care.get("notes", ()))
    course.cautions.update(care.get("cautions", ()))
    for begun in care.get("together", []):
        parts = (begun["flag"], *begun["parts"])
        reports.together[parts] = begun


def _by_patterns(care: dict[str, Any], flag: str) -> CareLevel:
    """The level at which the patterns, which do not doubt, saw a flag."""
    seen = (s["level"] for s in care.get("spans", ()) if s["flag"] == flag and s["status"] == "present")
    return max(map(CareLevel, seen), default=CareLevel.NONE)


def _answer(
    event: dict[str, Any], course: Course, reports: _Reports, questions: dict[str, dict[str, Any]]
) -> None:
    """Count what a message answers to the check-up, if it does."""
    if not questions:
        return
    check_up, parsed = course.check_up, event.get("parse_data") or {}
    intent = (parsed.get("intent") or {}).get("name")
    name = next(iter(_entities(parsed, "question")), None) if intent == ANSWER else None
    question = questions.get(name or next(reversed(questions)))
    if question is None:
        return
    waits = check_up.running and question["id"] == check_up.asked
    answer = answer_to(event, question) if waits or intent == ANSWER else None
    if waits and answer is None and check_up.tries >= MAX_TRIES and asks_nothing(event):
        answer = Answer((), CareLevel(question["unread"]), unread=True)
    if answer is None or not (waits or answer.values):
        return  # "none" pressed once more, under a question that waits no longer
    check_up.answers[question["id"]] = answer
    reports.report("", answer.level)
    course.cautions.update(answer.cautions)
    if waits:
        course.answered = True
        check_up.asked, check_up.tries = None, 0
    if answer.level >= CareLevel.URGENT_SAME_DAY:
        check_up.end()


def answer_to(event: dict[str, Any], question: dict[str, Any]) -> Answer | None:
    """What a message answers to a question of the check-up; None if it does not."""
    parsed = event.get("parse_data") or {}
    text, intent = event.get("text") or "", (parsed.get("intent") or {}).get("name")
    if intent == ANSWER:
        return read_answer(_entities(parsed, "values"), question)
    return None if text.startswith("/") or "?" in text else read_answer(text, question)


def _entities(parsed: dict[str, Any], name: str) -> list[str]:
    return [str(e.get("value")) for e in parsed.get("entities") or () if e.get("entity") == name]


def asks_nothing(event: dict[str, Any]) -> bool:
    """Whether a message that answers no question of the check-up asks nothing either: it was meant as an answer."""
    text, parsed = event.get("text") or "", event.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    if text.startswith("/"):
        return False
    if intent.get("name") in NO_QUESTIONS:
        return True
    begins = next(iter(re.findall(r"[a-z']+", text.lower())), "")
    guessed = intent.get("confidence", 1.0) < GUESS and not parsed.get("entities")
    return guessed and "?" not in text and begins not in ASKING


def answer_payload(question: str, values: Sequence[str]) -> str:
    """What a button sends that answers a question of the check-up."""
    return f"/{ANSWER}{json.dumps({'question': question, 'values': list(values)})}"


def metadata_of(event: dict[str, Any]) -> dict[str, Any]:
    """A bot message's metadata: Rasa keeps a response's under `metadata` once more."""
    metadata = event.get("metadata") or {}
    inner = metadata.get("metadata")
    return inner if isinstance(inner, dict) else metadata


def country_in(metadata: dict[str, Any]) -> str | None:
    """The country that a channel told: the embed's attribute or the browser's region."""
    country = metadata.get("country")
    if isinstance(country, str) and re.fullmatch(r"[A-Za-z]{2}", country):
        return country.upper()
    locale = metadata.get("locale")
    match = re.fullmatch(r"[a-z]{2,3}[-_]([A-Z]{2})", locale) if isinstance(locale, str) else None
    return match[1] if match else None
