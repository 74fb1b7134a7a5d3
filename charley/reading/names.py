"""Finds the subjects that a message names, by the names that the fact table gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spacy.matcher import PhraseMatcher
from spacy.tokens import Span, Token
from spacy.util import filter_spans

from charley.reading.reader import Reading, english

BOTH = " & "
NAMING_WORDS = frozenset(["a", "about", "also", "an", "and", "or", "the", "what", "how"])


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
            "cramps & night" is found where a message holds both, anywhere.
    """

    def __init__(self, names: dict[str, str]) -> None:
        phrases = {name: subject for name, subject in names.items() if BOTH not in name}
        forms = {plural(name): subject for name, subject in phrases.items()} | phrases
        tokenize = english().tokenizer
        self._matcher = PhraseMatcher(english().vocab, attr="LOWER")
        for subject in set(forms.values()):
            self._matcher.add(subject, [tokenize(name) for name, s in forms.items() if s == subject])
        self._together = [
            (tuple(f" {part.strip()} " for part in name.split(BOTH)), subject)
            for name, subject in names.items()
            if BOTH in name
        ]

    def find(self, reading: Reading) -> list[Mention]:
        """Mentions in the order in which they stand; what is meant by words together comes last."""
        spans = {(span.start, span.end): span for span in self._matches(reading)}
        mentions = [
            Mention(span.label_, *reading.span(span.start, span.end))
            for span in sorted(filter_spans(spans.values()), key=lambda span: span.start)
        ]
        return mentions + list(self._meant_together(reading, {mention.subject for mention in mentions}))

    def _matches(self, reading: Reading) -> Iterable[Span]:
        # What is mended counts more than what was written, where both match the same words.
        yield from self._matcher(reading.doc, as_spans=True)
        yield from self._matcher(reading.mended, as_spans=True)

    def _meant_together(self, reading: Reading, found: set[str]) -> Iterable[Mention]:
        words = f" {' '.join(token.text for token in reading.mended)} "
        for parts, subject in self._together:
            if subject not in found and all(part in words for part in parts):
                found.add(subject)
                first = words[: words.index(parts[0]) + 1].count(" ") - 1
                yield Mention(subject, *reading.span(first, first + len(parts[0].split())))


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
