"""Reads a message for warning signs. First form: word patterns, and whether each one is meant.

Only signs that are meant as present count. A sign that is denied, long past, or asked about in
general does not; where that is unclear, it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from charley.care.levels import CareLevel
from charley.care.signs import EITHER_ORDER, GAP, CareData, Sign
from charley.reading.reader import Reading, english

GAP_WORDS = 5
SENTENCE_END = frozenset(".!?;\n")
NEGATIONS = frozenset(
    [
        "no",
        "not",
        "without",
        "never",
        "nor",
        "neither",
        "none",
        "isn't",
        "isnt",
        "aren't",
        "arent",
        "wasn't",
        "wasnt",
        "weren't",
        "don't",
        "dont",
        "doesn't",
        "doesnt",
        "didn't",
        "didnt",
        "haven't",
        "havent",
        "hasn't",
        "hasnt",
        "ain't",
        "aint",
    ]
)
REACH = 4  # words after "isn't": "isn't swollen but red" denies the swelling, not the redness
LIST_REACH = 8  # words after "no": "no pain, redness, warmth or swelling" denies them all
LIST_NEGATIONS = frozenset(["no", "without", "nor", "neither", "none"])
NOT_A_DENIAL = re.compile(
    r"\b(?:can'?t|cannot|couldn'?t) (?:say|tell|rule|deny)|\bnot (?:sure|certain|only|just)|"
    r"\b(?:don'?t|do not|dont) (?:know|worry|understand|get why|remember)"
)
ONSET = re.compile(
    r"\b(?:started|began|since|ago|right now|just now|today|tonight|yesterday|this morning|last night|all day)\b"
)
CLAUSE_WORDS = frozenset(["but", "though", "although", "however", "except", "yet"])
PAST = re.compile(
    r"\b(years? ago|months? ago|last year|when i was|as a (?:kid|child)|used to|in (?:19|20)\d\d|"
    r"(?:gone|fine|ok|okay|better|stopped|healed|cleared up) (?:now|since)|went (?:away|down))\b"
)
STILL = re.compile(r"\b(still|again|since|now i|today|keeps?|not gone)\b")
GENERAL_OPENERS = frozenset(
    [
        "can",
        "could",
        "does",
        "do",
        "did",
        "is",
        "are",
        "what",
        "what's",
        "whats",
        "why",
        "when",
        "which",
        "how",
        "should",
        "would",
        "will",
        "if",
        "signs",
        "symptoms",
        "causes",
        "cause",
        "difference",
        "explain",
        "define",
        "meaning",
    ]
)
ASKS_FOR_HELP = re.compile(
    r"\b(what (?:to|can|should|do) (?:i |you |we )?do|what helps|what to take|help with|treat(?:ment)?|relief|"
    r"remedy|remedies|(?:how (?:to|do|can)|to) (?:i |you |we )?(?:get rid|stop|ease|treat|relieve|cure|fix))\b"
)
PEOPLE = frozenset(
    [
        "i",
        "i'm",
        "im",
        "i've",
        "ive",
        "i'd",
        "id",
        "my",
        "me",
        "myself",
        "mine",
        "we",
        "our",
        "us",
        "he",
        "she",
        "his",
        "her",
        "him",
        "they",
        "them",
        "their",
        "husband",
        "wife",
        "mum",
        "mom",
        "mother",
        "dad",
        "father",
        "son",
        "daughter",
        "baby",
        "child",
        "kid",
        "boy",
        "girl",
        "partner",
        "friend",
        "nan",
        "gran",
        "grandma",
        "grandad",
        "grandpa",
        "sister",
        "brother",
        "patient",
        "client",
    ]
)


@dataclass(frozen=True)
class Finding:
    """One sign in a message. `status`: present, negated, past or general. Ends are characters."""

    sign: str
    level: str
    status: str
    start: int
    end: int


@dataclass(frozen=True)
class Assessment:
    """What the guard found. `ok` is true when it read the message to the end."""

    level: CareLevel
    findings: tuple[Finding, ...]
    ok: bool = True

    def as_dict(self) -> dict[str, Any]:
        """As it stands in `parse_data["care"]`."""
        flags = [f.sign for f in self.findings if f.status == "present"]
        return {
            "level": self.level.value,
            "flags": list(dict.fromkeys(flags)),
            "spans": [asdict(finding) for finding in self.findings],
            "ok": self.ok,
        }


class CareGuard:
    """Finds warning signs in readings."""

    def __init__(self, data: CareData) -> None:
        self._signs = {sign.id: sign for sign in data.signs}
        self._body = set(data.words("$leg")) if "leg" in data.groups else set()
        self._own_words = {sign.id: _own_words(sign, data) for sign in data.signs}
        self._matcher = Matcher(english().vocab)
        for sign in data.signs:
            self._matcher.add(sign.id, [rule for p in sign.patterns for rule in _rules(p, data)])

    def read(self, reading: Reading) -> Assessment:
        """The level that this one message calls for, and why."""
        findings = [self._finding(span, reading) for span in self._spans(reading.mended)]
        levels = [CareLevel(finding.level) for finding in findings if finding.status == "present"]
        return Assessment(max(levels, default=CareLevel.NONE), tuple(findings))

    def _spans(self, doc: Doc) -> Iterable[Span]:
        by_sign: dict[str, list[Span]] = {}
        for span in self._matcher(doc, as_spans=True):
            by_sign.setdefault(span.label_, []).append(span)
        for spans in by_sign.values():
            yield from filter_spans(spans)

    def _finding(self, span: Span, reading: Reading) -> Finding:
        start, end = reading.span(span.start, span.end)
        return Finding(span.label_, self._signs[span.label_].level.value, self._status(span), start, end)

    def _status(self, span: Span) -> str:
        sentence = _sentence(span)
        words = [token.lower_ for token in sentence]
        named_last = span[-1].lower_ in self._body and span[0].lower_ not in self._body
        before, inside = _clause(span, sentence, span.start if named_last else span.end - 1)
        own = self._own_words[span.label_]
        denials = _denials(before) + sum(t.lower_ in NEGATIONS and t.lower_ not in own for t in inside)
        if denials % 2 and not NOT_A_DENIAL.search(before.text.lower()):
            return "negated"
        if PAST.search(sentence.text) and not STILL.search(sentence.text):
            return "past"
        opens = next((word for word in words if word.isalpha() or "'" in word), "")
        earlier = {token.lower_ for token in span.doc[sentence.start : span.start]}
        asked = opens in GENERAL_OPENERS or (words[-1] == "?" and GENERAL_OPENERS & earlier)
        has_it = ASKS_FOR_HELP.search(sentence.text) or ONSET.search(span.doc.text)
        if asked and not has_it and not PEOPLE.intersection(words):
            return "general"
        return "present"


def _sentence(span: Span) -> Span:
    doc, start, end = span.doc, span.start, span.end
    while start > 0 and doc[start - 1].text not in SENTENCE_END:
        start -= 1
    while end < len(doc) and doc[end - 1].text not in SENTENCE_END:
        end += 1
    return doc[start:end]


def _clause(span: Span, sentence: Span, key: int) -> tuple[Span, Span]:
    """The clause of a sign's key word ("swollen", not "leg"; `key` is its place in the document).

    Gives what comes before the sign in that clause, and what of the sign lies between.
    """
    start = sentence.start
    for index in range(key, sentence.start - 1, -1):
        if span.doc[index].lower_ in CLAUSE_WORDS:
            start = index + 1
            break
    return span.doc[start : max(start, span.start)], span.doc[max(start, span.start) : max(start, key)]


def _denials(before: Span) -> int:
    """How many words deny what follows `before` (two of them take each other back)."""
    words = [token.lower_ for token in before]
    count = 0
    for index, word in enumerate(words):
        after = words[index + 1 :]
        if word in LIST_NEGATIONS:
            count += len(after) <= LIST_REACH and after[:1] != [","]  # "no, ..." only answers
        elif word in NEGATIONS:
            count += len(after) <= REACH and "," not in after
    return count


def _own_words(sign: Sign, data: CareData) -> set[str]:
    return {
        w
        for p in sign.patterns
        for part in p.split()
        if part not in (GAP, EITHER_ORDER)
        for w in data.words(part)
    }


def _rules(pattern: str, data: CareData) -> list[list[dict[str, Any]]]:
    """spaCy matcher rules for one pattern of signs.yml."""
    gap = [{"TEXT": {"NOT_IN": sorted(SENTENCE_END)}, "OP": "?"}]
    if f" {EITHER_ORDER} " in pattern:
        one, other = (_tokens(side, data) for side in pattern.split(f" {EITHER_ORDER} ", 1))
        between = gap * (GAP_WORDS + 1)
        return [one + between + other, other + between + one]
    return [_tokens(pattern, data)]


def _tokens(pattern: str, data: CareData) -> list[dict[str, Any]]:
    tokens: list[dict[str, Any]] = []
    for part in pattern.split():
        if part == GAP:
            tokens += [{"TEXT": {"NOT_IN": sorted(SENTENCE_END)}, "OP": "?"}] * GAP_WORDS
        else:
            tokens.append({"LOWER": {"IN": data.words(part)}})
    return tokens
