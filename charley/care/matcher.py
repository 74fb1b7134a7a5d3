"""Applies the patterns of data/care/ to a message, with spaCy's Matcher."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from charley.care.patterns import choices_of, parts_of, rules_of, vocabulary_of


class PatternMatcher:
    """Finds many patterns in a document, trying only those whose every word-part may be there."""

    def __init__(self, groups: Mapping[str, str], vocab: Vocab) -> None:
        self._groups = groups
        self._vocab = vocab
        self._patterns: list[tuple[str, Matcher, int, set[str]]] = []  # owner, rules, parts needed, words
        self._by_word: dict[str, list[tuple[int, int]]] = defaultdict(list)  # word -> (pattern, part)

    def add(self, owner: str, pattern: str) -> None:
        """Look for `pattern` too, on behalf of `owner`."""
        matcher = Matcher(self._vocab, validate=False)
        matcher.add(owner, rules_of(pattern, self._groups))
        parts = parts_of(pattern)
        for number, part in enumerate(parts):
            for word in {choice[0] for choice in choices_of(part, pattern, self._groups)}:
                self._by_word[word].append((len(self._patterns), number))
        self._patterns.append((owner, matcher, len(parts), vocabulary_of(pattern, self._groups)))

    def find(self, doc: Doc) -> dict[str, list[tuple[Span, set[str]]]]:
        """Owner -> where its patterns match, all of them, each with the words of its pattern."""
        met = {key for word in {token.lower_ for token in doc} for key in self._by_word.get(word, ())}
        parts_met = Counter(pattern for pattern, _ in met)
        found: dict[str, list[tuple[Span, set[str]]]] = defaultdict(list)
        for pattern, count in sorted(parts_met.items()):
            owner, matcher, needed, words = self._patterns[pattern]
            if count == needed:
                found[owner] += [(span, words) for span in matcher(doc, as_spans=True)]
        return {owner: spans for owner, spans in found.items() if spans}
