"""Finds the subjects that a message names, by the names that the fact table gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import PhraseMatcher
from spacy.tokens import Span, Token
from spacy.util import filter_spans

from charley.facts.schema import BOTH
from charley.reading.reader import Reading, english
from charley.reading.spelling import MIN_LENGTH, english_words

ALONE = "only "
ALIKE = (
    0.8  # of a name of several words, letter by letter, from which it is taken for misspelt ("sports rinky")
)
NAMING_WORDS = frozenset(["a", "about", "also", "an", "and", "or", "the", "what", "how"])
ASIDES = NAMING_WORDS | frozenset(
    "i mean meant no but ok so well sorry too then if it is that just now again please n".split()
)


@dataclass(frozen=True)
class Mention:
    """A subject named in a message. `start` and `end` count characters of the message."""

    subject: str
    start: int
    end: int


class NameFinder:
    """Finds names in a reading, as written and as mended; the longest name wins.

    Args:
        names: name -> subject id. Case does not matter; plurals in -s are found too. A name such as
            "cramps & night" is found where a message holds both, anywhere, and one such as "only at
            night" where it says no more than that ("and at night?").
    """

    def __init__(self, names: dict[str, str]) -> None:
        self._alone = {
            name.removeprefix(ALONE): subject for name, subject in names.items() if name.startswith(ALONE)
        }
        phrases = {n: s for n, s in names.items() if BOTH not in n and not n.startswith(ALONE)}
        forms = {plural(name): subject for name, subject in phrases.items()} | phrases
        tokenize = english().tokenizer
        self._words: set[str] = set()
        self._matcher = PhraseMatcher(english().vocab, attr="LOWER")
        for subject in set(forms.values()):
            self._matcher.add(subject, [tokenize(name) for name, s in forms.items() if s == subject])
        # Names of several words, one space between them, by how many they are; and what each means.
        self._long: dict[int, dict[str, str]] = defaultdict(dict)
        for name, subject in forms.items():
            parts = [token.lower_ for token in tokenize(name)]
            self._words.update(parts)
            if len(parts) > 1:
                self._long[len(parts)][" ".join(parts)] = subject
        self._together = [
            (tuple(f" {part.strip()} " for part in name.split(BOTH)), subject)
            for name, subject in names.items()
            if BOTH in name
        ]

    def find(self, reading: Reading) -> list[Mention]:
        """Mentions in the order in which they stand; what is meant by words together comes last."""
        spans = {(span.start, span.end): span for span in self._matches(reading)}
        for span in self._misspelt(reading):
            spans.setdefault((span.start, span.end), span)
        mentions = [
            Mention(span.label_, *reading.span(span.start, span.end))
            for span in sorted(filter_spans(spans.values()), key=lambda span: span.start)
        ]
        mentions += self._meant_together(reading, {mention.subject for mention in mentions})
        return mentions or list(self._meant_alone(reading))

    def _matches(self, reading: Reading) -> Iterable[Span]:
        # What is mended counts more than what was written, where both match the same words.
        yield from self._matcher(reading.doc, as_spans=True)
        yield from self._matcher(reading.mended, as_spans=True)

    def _misspelt(self, reading: Reading) -> Iterable[Span]:
        """Names of several words of which all stand there but for some that are no words at all."""
        strange = {token.i for token in reading.doc if self._is_strange(token)}
        for length, names in self._long.items() if strange else ():
            starts = {i - back for i in strange for back in range(length)}
            for start in sorted(s for s in starts if 0 <= s <= len(reading.doc) - length):
                for doc in (reading.mended, reading.doc):
                    words = [token.lower_ for token in doc[start : start + length]]
                    found = process.extractOne(
                        " ".join(words), names.keys(), scorer=OSA.normalized_similarity, score_cutoff=ALIKE
                    )
                    if found and all(
                        a == b or start + i in strange
                        for i, (a, b) in enumerate(zip(words, found[0].split(" "), strict=True))
                    ):
                        yield Span(doc, start, start + length, label=names[found[0]])

    def _is_strange(self, token: Token) -> bool:
        word = token.lower_
        known = len(word) < MIN_LENGTH or word in self._words or word in english_words()
        return token.is_alpha and not known

    def _meant_together(self, reading: Reading, found: set[str]) -> Iterable[Mention]:
        words = f" {' '.join(token.text for token in reading.mended)} "
        for parts, subject in self._together:
            if subject not in found and all(part in words for part in parts):
                found.add(subject)
                first = words[: words.index(parts[0]) + 1].count(" ") - 1
                yield Mention(subject, *reading.span(first, first + len(parts[0].split())))

    def _meant_alone(self, reading: Reading) -> Iterable[Mention]:
        told = [token.i for token in reading.mended if token.is_alpha]
        while told and reading.mended[told[0]].text in ASIDES:
            del told[0]
        while told and reading.mended[told[-1]].text in ASIDES:
            del told[-1]
        subject = self._alone.get(" ".join(reading.mended[i].text for i in told))
        if subject:
            yield Mention(subject, *reading.span(told[0], told[-1] + 1))


def names_only(tokens: Iterable[Token], spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a message, or a part of it, does nothing but name ("and potassium?").

    Args:
        tokens: its words as written.
        spans: start and end, in characters of the message, of what is named in it.
    """
    named = [range(*span) for span in spans]
    words = [token for token in tokens if any(c.isalnum() for c in token.text)]
    others = [w for w in words if not any(w.idx in span for span in named)]
    return len(others) < len(words) and all(word.lower_ in NAMING_WORDS for word in others)


def plural(name: str) -> str:
    """The regular plural of a name, good enough for look-up ("spasm" -> "spasms")."""
    return name if name.endswith("s") else f"{name}s"
