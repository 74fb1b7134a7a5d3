"""Reads a message for warning flags: word patterns, how each mention is meant, and numbers.

The first of two votes; `charley.care.vote` is the second. It needs no training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from charley.care.flags import CareData
from charley.care.levels import CareLevel
from charley.care.matcher import PatternMatcher
from charley.care.measures import measured
from charley.care.patterns import SENTENCE_END, vocabulary_of
from charley.care.status import Status, status_of
from charley.care.vote import AROUND, BEFORE, Vote
from charley.reading.reader import Reading, english

FIGURATIVE = "~"  # before a flag's name: the rules for phrases that only sound like it
CERTAIN = "!"  # the same: those that no vote overrules
BODY = "leg"  # the group of words.yml that says where, not what
CORRECTION = "correction"  # the note that says something told before was not so


@dataclass(frozen=True)
class Finding:
    """One mention of a flag, note or caution. Ends are characters of the message.

    `certain`: it is so plain that no vote overrules it.
    """

    flag: str
    level: str
    status: str
    start: int
    end: int
    certain: bool = False


@dataclass(frozen=True)
class Assessment:
    """What a message calls for, and why.

    Attributes:
        level: the higher of both votes (but see `overruled`).
        flags: flags reported as present.
        levels: the level of each of them.
        notes: what adds up with flags of other messages (see `together` in data/care/flags/).
        cautions: ids of data/care/cautions.yml that were mentioned.
        denied: flags that this message corrects ("sorry, it is not swollen").
        findings: every mention, with how it is meant.
        vote: what the second vote said: level, flag and probability.
        together: flags that notes or flags of this message begin to make up, with all their parts.
        unsure: only the second vote saw it, and not clearly: worth one closed question.
        overruled: the flags, with their levels, that the patterns saw and the second vote took for no
            report at all.
        ok: the message was read to the end by both.
    """

    level: CareLevel
    flags: tuple[str, ...] = ()
    levels: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    together: tuple[dict[str, Any], ...] = ()
    vote: dict[str, Any] = field(default_factory=dict)
    unsure: bool = False
    overruled: dict[str, str] = field(default_factory=dict)
    ok: bool = True

    @property
    def is_certain(self) -> bool:
        """Whether its level rests on a sign that no vote overrules."""
        present = (f for f in self.findings if f.status == Status.PRESENT.value)
        return any(f.certain and f.level == self.level.value for f in present)

    def as_dict(self) -> dict[str, Any]:
        """As it stands in `parse_data["care"]`."""
        return {
            "level": self.level.value,
            "flags": list(self.flags),
            "levels": self.levels,
            "notes": list(self.notes),
            "cautions": list(self.cautions),
            "denied": list(self.denied),
            "spans": [asdict(finding) for finding in self.findings],
            "together": list(self.together),
            "vote": self.vote,
            "unsure": self.unsure,
            "overruled": self.overruled,
            "ok": self.ok,
        }


class CareGuard:
    """Finds flags in readings."""

    def __init__(self, data: CareData) -> None:
        self._levels = {flag.flag: flag.level for flag in data.flags}
        self._notes = set(data.notes)
        self._cautions = {caution.id for caution in data.cautions}
        self._together = [(flag.flag, [set(parts) for parts in flag.together]) for flag in data.flags]
        self._body = _words([f"${BODY}"], data) if BODY in data.groups else set()
        self._matcher = PatternMatcher(data.groups, english().vocab)
        owned = {flag.flag: flag.patterns for flag in data.flags}
        owned |= {CERTAIN + flag.flag: flag.certain for flag in data.flags}
        owned |= {FIGURATIVE + flag.flag: flag.figurative for flag in data.flags}
        owned |= data.notes
        owned |= {caution.id: caution.patterns for caution in data.cautions}
        for owner, patterns in owned.items():
            for pattern in patterns:
                self._matcher.add(owner, pattern)

    def read(self, reading: Reading) -> Assessment:
        """What this one message says by the patterns."""
        found = [*self._mentions(reading.mended), *self._measures(reading.mended)]
        findings = tuple(self._finding(owner, span, status, reading) for owner, span, status in found)
        present = {f.flag for f in findings if f.status == Status.PRESENT.value}
        flags = [name for name in self._levels if name in present]
        flags += [name for name in self._add_up(present) if name not in present]
        corrects = any(f.flag == CORRECTION for f in findings)
        cautions = {f.flag for f in findings if f.flag in self._cautions and f.status != Status.NEGATED.value}
        return Assessment(
            level=max((self._levels[name] for name in flags), default=CareLevel.NONE),
            flags=tuple(flags),
            levels={name: self._levels[name].value for name in flags},
            together=self._begun({*present, *flags}),
            notes=tuple(sorted(present & self._notes)),
            cautions=tuple(sorted(cautions)),
            denied=tuple(
                dict.fromkeys(
                    f.flag
                    for f in findings
                    if corrects and f.status == Status.NEGATED.value and f.flag in self._levels
                )
            ),
            findings=findings,
        )

    def _add_up(self, reported: set[str]) -> list[str]:
        """The flags that these flags and notes make up together."""
        return [name for name, sets in self._together if any(parts <= reported for parts in sets)]

    def _begun(self, reported: set[str]) -> tuple[dict[str, Any], ...]:
        """What these flags and notes make up only together with others."""
        return tuple(
            {"flag": name, "level": self._levels[name].value, "parts": sorted(parts)}
            for name, sets in self._together
            for parts in sets
            if parts & reported and not parts <= reported
        )

    def _mentions(self, doc: Doc) -> list[tuple[str, Span, Status]]:
        by_owner = self._matcher.find(doc)
        found = []
        for owner, matches in by_owner.items():
            if owner.startswith(FIGURATIVE):
                continue
            only_sounds = [span for span, _ in by_owner.get(FIGURATIVE + owner.removeprefix(CERTAIN), [])]
            words = {(span.start, span.end): own for span, own in reversed(matches)}
            for span in filter_spans([span for span, _ in matches]):
                if any(span.start < other.end and other.start < span.end for other in only_sounds):
                    status = Status.FIGURATIVE
                else:
                    status = status_of(span, self._body, words[span.start, span.end])
                found.append((owner, span, status))
        return found

    def _measures(self, doc: Doc) -> list[tuple[str, Span, Status]]:
        found = measured(doc)
        return [
            (f, s, status_of(s, self._body, ())) for f, s in found if f in self._levels or f in self._notes
        ]

    def _finding(self, owner: str, span: Span, status: Status, reading: Reading) -> Finding:
        start, end = reading.span(span.start, span.end)
        name = owner.removeprefix(CERTAIN)
        level = self._levels.get(name, CareLevel.NONE)
        return Finding(name, level.value, status.value, start, end, certain=name != owner)


def _words(patterns: Sequence[str], data: CareData) -> set[str]:
    return {word for pattern in patterns for word in vocabulary_of(pattern, data.groups)}


def with_vote(assessment: Assessment, vote: Vote, short: bool = True) -> Assessment:
    """The assessment with the second vote counted: the higher level wins.

    A message that corrects a report mentions what it denies, or something near it; there the vote
    does not count for that. `short`: the message has no room for more than the correction.
    """
    told = {"level": vote.level.value, "flag": vote.flag, "probability": round(vote.probability, 3)}
    assessment = replace(assessment, vote=told)
    denied = [f.level for f in assessment.findings if f.flag in assessment.denied]
    corrected = vote.flag in assessment.denied or (
        short and vote.level <= max(map(CareLevel, denied), default=vote.level)
    )
    if vote.level <= assessment.level or (denied and corrected):
        return assessment
    raised = replace(assessment, level=vote.level, unsure=not vote.sure)
    if vote.flag is None:
        return raised
    return replace(
        raised,
        flags=tuple(dict.fromkeys((*assessment.flags, vote.flag))),
        levels={**assessment.levels, vote.flag: vote.level.value},
    )


def overruled(assessment: Assessment, level: CareLevel) -> Assessment:
    """The assessment where the second vote took the signs of `level` for no report of it.

    They stand for something else ("the chilli made my lips tingle") or for less: their flags do not
    count. Where nothing is left, the notes do not either, now or together with later ones, and the
    reply says what to do if it is meant after all.
    """
    doubted = {name: lv for name, lv in assessment.levels.items() if lv == level.value}
    levels = {name: lv for name, lv in assessment.levels.items() if name not in doubted}
    status = {Status.PRESENT.value: Status.OVERRULED.value}
    return replace(
        assessment,
        level=max(map(CareLevel, levels.values()), default=CareLevel.NONE),
        flags=tuple(levels),
        levels=levels,
        notes=assessment.notes if levels else (),
        together=assessment.together if levels else (),
        overruled={**assessment.overruled, **doubted},
        findings=tuple(
            replace(f, status=status.get(f.status, f.status)) if f.flag in doubted else f
            for f in assessment.findings
        ),
    )


def parts_around(assessment: Assessment, reading: Reading, level: CareLevel) -> list[str]:
    """The words right around each sign of what makes up `level`, and its whole sentence, in mended spelling.

    Of a sign that ends its sentence also with few words before it, lest these drown it.
    """
    doc, parts = reading.mended, {}
    present = [f for f in assessment.findings if f.status == Status.PRESENT.value]
    of_level = [f for f in present if f.level == level.value]
    for finding in of_level or present:  # a flag that others make up together has no words of its own
        at = [i for i in range(len(doc)) if _overlaps(reading.span(i, i + 1), finding)]
        start, end = at[0], at[-1] + 1
        begins, ends = start, end
        while begins > 0 and doc[begins - 1].text not in SENTENCE_END:
            begins -= 1
        while ends < len(doc) and doc[ends].text not in SENTENCE_END:
            ends += 1
        first, last = max(begins, start - AROUND), min(ends, end + AROUND)
        parts[first, last] = doc[first:last].text
        parts[begins, ends] = doc[begins:ends].text
        if last == end and start - first > BEFORE:  # "… is that allowed by the way overdose"
            parts[start - BEFORE, last] = doc[start - BEFORE : last].text
    return list(parts.values())


def _overlaps(span: tuple[int, int], finding: Finding) -> bool:
    return span[0] < finding.end and finding.start < span[1]
