"""Finds messages that are nearly the same: the same words but for one, in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

MIN_WORDS = 4  # shorter ones may well differ in all that matters by one word
WORD = re.compile(r"[a-z0-9]+")


def near_twins(texts: Sequence[str], others: Sequence[str] | None = None) -> Iterator[tuple[int, int]]:
    """Pairs of indices of texts with the same words but for one.

    Args:
        others: look for twins of `texts` among these instead of among themselves.
    """
    first = len(texts)
    found: set[tuple[int, int]] = set()
    for alike in _sharing_a_signature([*texts, *(others or ())]):
        for one, other in combinations(alike, 2):
            if others is None:
                found.add((one, other))
            elif one < first <= other:
                found.add((one, other - first))
    yield from sorted(found)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, sorted, without case and punctuation."""
    return tuple(sorted(_words(text)))


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower().replace("'", ""))


def _sharing_a_signature(texts: Sequence[str]) -> Iterator[list[int]]:
    """Groups of texts with a signature in common: the words, whole or less one of them.

    A signature is the sum of its words' hashes, modulo 2**64, so that the one word less is a
    subtraction; among a million signatures two are the same by chance once in 30 million runs.
    """
    words = [_words(text) for text in texts]
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    hashes = np.fromiter((hash(word) for each in words for word in each), np.int64).astype(np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashes, dtype=np.uint64)])
    ends = np.cumsum(lengths)
    whole = sums[ends] - sums[ends - lengths]
    owners = np.repeat(np.arange(len(words)), lengths)
    long = lengths[owners] >= MIN_WORDS
    signatures = np.concatenate([whole, (whole[owners] - hashes)[long]])
    of = np.concatenate([np.arange(len(words)), owners[long]])
    order = np.argsort(signatures, kind="stable")
    signatures, of = signatures[order], of[order]
    edges = np.flatnonzero(np.diff(signatures)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(signatures))
    shared = ends - starts > 1
    for start, end in zip(starts[shared], ends[shared], strict=True):
        yield sorted(set(of[start:end].tolist()))
