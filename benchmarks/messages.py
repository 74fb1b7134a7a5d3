"""Typos for the messages to measure on, which `charley.trainers.quality.messages` reads."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import replace

from charley.trainers.quality.messages import Test

TYPO_SHARE = 0.3  # of the words of three letters and more, as in the research on classifiers
SEED = 3


def with_typos(tests: Sequence[Test]) -> list[Test]:
    """The same messages with one or two slips in some words; always the same ones."""
    dice = random.Random(SEED)
    return [replace(test, text=" ".join(_slip(word, dice) for word in test.text.split())) for test in tests]


def _slip(word: str, dice: random.Random) -> str:
    if len(word) < 3 or dice.random() >= TYPO_SHARE:
        return word
    letters = list(word)
    for _ in range(dice.choice((1, 2))):
        at, kind = dice.randrange(len(letters)), dice.randrange(4)
        other = dice.choice(string.ascii_lowercase)
        if kind == 0 and len(letters) > 2:
            del letters[at]
        elif kind == 1:
            letters.insert(at, other)
        elif kind == 2 and at:
            letters[at - 1], letters[at] = letters[at], letters[at - 1]
        else:
            letters[at] = other
    return "".join(letters)
