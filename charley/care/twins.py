"""Finds messages that are nearly the same: the same words but for one, in any order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

MIN_WORDS = 4  # shorter ones may well differ in all that matters by one word


def near_twins(texts: Sequence[str], others: Sequence[str] | None = None) -> Iterator[tuple[int, int]]:
    """Pairs of indices of texts with the same words but for one.

    Args:
        others: look for twins of `texts` among these instead of among themselves.
    """
    found: set[tuple[int, int]] = set()
    by_signature: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, text in enumerate(texts if others is None else others):
        for signature in _signatures(text):
            by_signature[signature].append(index)
    for index, text in enumerate(texts):
        for signature in _signatures(text):
            for other in by_signature.get(signature, ()):
                pair = (index, other)
                if (others is not None or index < other) and pair not in found:
                    found.add(pair)
                    yield pair


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, sorted, without case and punctuation."""
    return tuple(sorted(re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))))


def _signatures(text: str) -> Iterator[tuple[str, ...]]:
    """The sorted words, whole and less one of them each time; short texts only whole."""
    words = words_of(text)
    yield words
    if len(words) >= MIN_WORDS:
        for index in range(len(words)):
            yield words[:index] + words[index + 1 :]
