"""Finds the subjects that a message names, by the names that the fact table gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spacy.matcher import PhraseMatcher
from spacy.tokens import Span
from spacy.util import filter_spans

from charley.reading.reader import Reading, english


@dataclass(frozen=True)
class Mention:
    """A subject named in a message. `start` and `end` count characters of the message."""

    subject: str
    start: int
    end: int


class NameFinder:
    """Finds names in a reading, as written and as mended; the longest name wins.

    Args:
        names: name -> subject id. Case does not matter; plurals in -s are found too.
    """

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self._matcher = PhraseMatcher(english().vocab, attr="LOWER")
        forms = {plural(name): subject for name, subject in names.items()} | names
        for subject in set(forms.values()):
            self._matcher.add(subject, [english().tokenizer(n) for n, s in forms.items() if s == subject])

    def find(self, reading: Reading) -> list[Mention]:
        """Mentions in the order in which they stand."""
        spans = {(span.start, span.end): span for span in self._matches(reading)}
        return [
            Mention(span.label_, *reading.span(span.start, span.end))
            for span in sorted(filter_spans(spans.values()), key=lambda span: span.start)
        ]

    def _matches(self, reading: Reading) -> Iterable[Span]:
        # What is mended counts more than what was written, where both match the same words.
        yield from self._matcher(reading.doc, as_spans=True)
        yield from self._matcher(reading.mended, as_spans=True)


def plural(name: str) -> str:
    """The regular plural of a name, good enough for look-up ("spasm" -> "spasms")."""
    return name if name.endswith("s") else f"{name}s"
