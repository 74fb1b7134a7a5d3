"""Numbers that matter: how long it has gone on, how often, how strong, how many minutes at a time.

Gives notes for the guard: `over_ten_minutes`, `over_a_week`, `over_two_days`, `often` and
`strong` (which flags.yml's `together` joins with what they are about). The limits are those of the
founding research (clinical.md, decision rule 2): a single cramp over 10 minutes, a week, 48 hours
of soreness, twice a week, 8 of 10. A message that says nothing but how often or how long ("evry
nite", "a fortnight of this") is about the cramps: `often_alone`, `over_a_week_alone`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # spaCy takes a second to import
    from spacy.tokens import Doc, Span

WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6,
    "several": 4, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "half": 0.5, "many": 5, "quarter": 0.25, "dozen": 12, "hundred": 100,
}  # fmt: skip
UNITS = {
    "second": 1 / 60, "sec": 1 / 60, "minute": 1, "min": 1, "hour": 60, "hr": 60, "day": 1440, "night": 1440, "week": 10080, "wk": 10080,
    "fortnight": 20160, "month": 43200, "mth": 43200, "mnth": 43200, "mo": 43200, "year": 525600, "yr": 525600,
    "decade": 5256000, "weekend": 2880,
}  # fmt: skip
COUNTED = re.compile(
    r" ?(?:of |people|glasses|women|men|adults|times|athletes|runners|doctors|days|nights|cups|patients)"
)
DONE = re.compile(  # what is done so often is not what hurts so often
    r"\b(?:tak(?:e|es|ing|en)|drink|drinks|drinking|eat|eats|eating|use|uses|using|stretch|stretches|stretching|swim|run|train|walk|cycle|"
    r"magnesium|potassium|tablets?|pills?|supplements?|vitamins?|water|massage|bananas?)\b[^.,;]{0,20}$"
)
DAY, WEEK = 1440, 10080
NUMBER = r"(?:\d+(?:\.\d+)?|" + "|".join(WORDS) + r")"
UNIT = r"(?:" + "|".join(f"{unit}s?" for unit in UNITS) + r")"
AMOUNT = rf"(?P<n>{NUMBER})(?: (?:of|an|a|or so|and a half|good|whole|full|solid|long))*(?: (?P<n2>{NUMBER}))? ?(?P<unit>{UNIT})\b"
MONTHS = r"(?:january|february|march|april|june|july|august|september|october|november|december|jan|feb|mar|apr|aug|sept|sep|oct|nov|dec|may)"
DURATION = re.compile(rf"\b{AMOUNT}(?P<ago> (?:ago|back|later|old|pregnant|gone|time|away))?")
SINCE = re.compile(
    rf"\bsince (?:the )?(?:{MONTHS}|last (?:week|month|year|{MONTHS}|summer|winter|spring|autumn|fall|christmas|easter)|"
    r"(?:19|20)\d\d|christmas|easter|summer|winter|spring|autumn|fall|halloween|thanksgiving|new year|my (?:teens|twenties|thirties|"
    r"forties|fifties)|i (?:was|turned)|before|childhood|years|forever|covid|lockdown|the pandemic)\b|"
    r"\b(?:for|been|gone on) (?:ages|yonks|donkeys|donkey's|forever|weeks|wks|months|years|yrs|some time|a long time|quite a while|"
    r"a while now|so long|too long|long time)\b|\b(?:weeks|months|years) (?:now|on end|of (?:this|cramps?|pain))\b|"
    r"\ball (?:month|year|winter|summer|spring|autumn)\b|\b(?:whole|entire) (?:month|year|winter|summer|fortnight)\b"
)
OFTEN = re.compile(
    r"\b(?:(?:every|most|almost every|nearly every|each|ev?e?ry) (?:single |other |second )?(?:night|nite|day|morning|evening|week|time)s?|"
    r"nightly|daily|constantly|all the time|"
    rf"(?P<n>{NUMBER}|twice)(?: or {NUMBER})? ?(?:x|times|nights|days)? (?:a|per|each|every|in a|this) (?P<per>night|day|week|wk)\b|"
    r"night after night|day after day|several times|again and again|over and over)"
)
RATE = re.compile(
    rf"\b(?:(?P<n>{NUMBER}|once|twice)(?: (?:or|to) {NUMBER})? ?(?:x|times|nights|days)? ?(?:of )?)?"
    r"(?:a|an|per|each|ev?e?ry|most|in a|out of a) (?:other |second |single |few |couple of )?"
    r"(?P<per>night|nite|day|evening|morning|week|wk|month|mth|year|yr)s?\b"
)
STRENGTH = re.compile(rf"\b(?P<n>{NUMBER}) ?(?:/|out of|of) ?(?:10|ten)\b")

ALONE = "_alone"  # after `often` or `over_a_week`
FEW_WORDS = 5
NEAR = 45  # characters between a number and what it tells of
TROUBLE = re.compile(
    r"\b(?:cramp|spasm|charl[ei]|pain|ache|achi|hurt|sore|knot|twitch|numb|tingl|swell|swollen|stiff|weak|tight|lock|seiz|"
    r"this|it|these|them|happen|on and off|symptom|problem|trouble|since|restless|leg|calf|calves|feet|foot)"
)
ONE_CRAMP = re.compile(r"\b(?:cramp|spasm|charl[ei]|lock|seiz|knot|it|let go|this)")
NOT_A_TIME = re.compile(
    r"(?:\dx|\b(?:once|twice|times?|x|every|each|per|this|last|next|in|within|another|for the next|of)) ?$"
)
SHORT = re.compile(
    r"\b(?:walk|cycl|run|swim|sleep|drive|drove|stand|stretch|wait|read|meeting|flight|ride|sit|sat|shift|hike)\w* ?(?:for |about )?$"
)


def _near(text: str, match: re.Match[str], what: re.Pattern[str]) -> bool:
    """Whether what the number is about stands near it; a message of a few words only answers a question."""
    return len(text.split()) <= FEW_WORDS or bool(
        what.search(text[max(0, match.start() - NEAR) : match.end() + NEAR])
    )


def measured(doc: Doc) -> Iterator[tuple[str, Span]]:
    """Notes and the words that tell of them, from a mended document."""
    found = list(_measured(doc))
    yield from found
    for note, span in found:
        if note in ("often", "over_a_week") and "?" not in doc.text and _is_all(doc, span):
            yield note + ALONE, span


def _is_all(doc: Doc, span: Span) -> bool:
    """Whether all the other words only hold the sentence together."""
    return all(token.is_stop or not token.is_alpha for token in doc if not span.start <= token.i < span.end)


def _measured(doc: Doc) -> Iterator[tuple[str, Span]]:
    text = doc.text
    for match in DURATION.finditer(text):
        note = _of_duration(match, text)
        if note and _near(text, match, ONE_CRAMP if note == "over_ten_minutes" else TROUBLE):
            yield from _at(doc, match, note)
    for match in SINCE.finditer(text):
        if _near(text, match, TROUBLE):
            yield from _at(doc, match, "over_a_week")
    for match in OFTEN.finditer(text):
        times = _number(match["n"]) if match["n"] else 7.0
        seldom = match["per"] in ("week", "wk") and times < 2
        if seldom or DONE.search(text[: match.start()]) or not _near(text, match, TROUBLE):
            continue
        yield from _at(doc, match, "often")
    for match in STRENGTH.finditer(text):
        if _number(match["n"]) >= 8 and not COUNTED.match(text[match.end() :]):
            yield from _at(doc, match, "strong")


MORE = re.compile(r"\b(?:over|more than|at least|longer than|or more|or longer|plus)\b|\d ?\+")


class Measure(str, Enum):
    """What a question of the check-up counts."""

    MINUTES = "minutes"
    DAYS = "days"
    TIMES_A_WEEK = "times_a_week"
    OF_TEN = "of_ten"


def amount(text: str, measure: Measure) -> float | None:
    """How much a short answer says: "20 mins" are 20 minutes, "every other night" 3.5 times a week.

    "Over 10 minutes" is a hair more than 10. Of several amounts the highest counts ("8 or 9 out of 10"). None if it says none. "since march"
    is an endless number of days.
    """
    if measure is Measure.OF_TEN:
        found = [_number(m["n"]) for m in STRENGTH.finditer(text)]
        whole = re.fullmatch(r"\D{0,12}(\d+(?:\.\d+)?)(?: ?(?:-|to|or) ?(\d+))?\W*", text)
        found += [float(number) for number in whole.groups() if number] if whole else []
        found = [number for number in found if number <= 10]
    elif measure is Measure.TIMES_A_WEEK:
        found = [_times_a_week(match) for match in RATE.finditer(text)]
    else:
        per = 1 if measure is Measure.MINUTES else DAY
        found = [_minutes(match) / per for match in DURATION.finditer(text)]
        if measure is Measure.DAYS and SINCE.search(text):
            found.append(float("inf"))
    most = max(found, default=None)
    return math.nextafter(most, math.inf) if most is not None and MORE.search(text) else most


def _times_a_week(match: re.Match[str]) -> float:
    per_week = {"d": 7.0, "n": 7.0, "e": 7.0, "m": 7.0, "w": 1.0}
    times = 1.0 if match["n"] in (None, "once") else _number(match["n"])
    unit = match["per"]
    rate = 0.25 if unit.startswith("month") else 0.02 if unit.startswith("y") else per_week[unit[0]]
    skipped = {"other": 2.0, "second": 2.0, "few": 3.0, "couple": 2.0}
    return times * rate / next((n for word, n in skipped.items() if word in match[0]), 1.0)


def _minutes(match: re.Match[str]) -> float:
    """The minutes of a match of DURATION."""
    minutes = _number(match["n"]) * UNITS[_singular(match["unit"])]
    if match["n2"]:
        minutes *= max(_number(match["n2"]), 1) if _number(match["n"]) <= 1 else 1
    return minutes


def _of_duration(match: re.Match[str], text: str) -> str | None:
    if (match["ago"] or "").strip() in ("old", "pregnant", "gone", "away", "time"):
        return None
    before = text[: match.start()]
    if NOT_A_TIME.search(before) or SHORT.search(before):
        return None
    minutes = _minutes(match)
    ago = (match["ago"] or "").strip() == "ago"
    if ago and not re.search(r"\b(?:started|began|start|begin|since|first|came on|onset)\b", text):
        return None
    if minutes > WEEK or (
        minutes == WEEK
        and re.search(
            r"\b(?:over|more than|at least|past|nearly) (?:a|one|1) ?$", text[: match.start("unit")]
        )
    ):
        return "over_a_week"
    if minutes >= 8 * DAY:
        return "over_a_week"
    if minutes > 2 * DAY:
        return "over_two_days"
    if 10 < minutes < DAY:
        return "over_ten_minutes"
    return None


def _number(word: str | None) -> float:
    if word is None:
        return 1.0
    if word == "twice":
        return 2.0
    return WORDS.get(word, 0.0) or float(word if re.fullmatch(r"\d+(\.\d+)?", word) else 1)


def _singular(unit: str) -> str:
    return unit if unit in UNITS else unit.removesuffix("s")


def _at(doc: Doc, match: re.Match[str], note: str) -> Iterator[tuple[str, Span]]:
    span = doc.char_span(match.start(), match.end(), label=note, alignment_mode="expand")
    if span is not None:
        yield note, span
