"""Mends misspelt words towards the words that Charley was trained on.

A word that stands in an English dictionary or among Charley's own words is never touched, so a
right word can't become a wrong one; drug and nutrient names are Charley's own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from random import Random

from symspellpy import SymSpell, Verbosity

MIN_LENGTH = 4  # shorter words have too many neighbours
LONG_LENGTH = 7  # from here two edits are allowed
SLIPS = 0.2  # of the words of a text with slips
NEAR_KEYS = {
    key: row[max(0, i - 1) : i + 2].replace(key, "")
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for i, key in enumerate(row)
}


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """The 82,765 words of symspellpy's English dictionary, in lower case."""
    text = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    return frozenset(line.split(" ", 1)[0] for line in text.splitlines())


class Speller:
    """Corrects one lower-case word at a time.

    Args:
        targets: words to correct towards, with how often each is used (more is preferred).
    """

    def __init__(self, targets: dict[str, int]) -> None:
        self.targets = targets
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in targets.items():
            self._symspell.create_dictionary_entry(word, count)

    @classmethod
    def learn(cls, words: Iterable[str], names: Iterable[str]) -> Speller:
        """A speller for `words` (all words of the training examples, with repeats) and `names`.

        Of the words only those in the English dictionary become targets: training examples are
        misspelt on purpose. Every name is a target, and is preferred.
        """
        known = english_words()
        targets = Counter(word for word in words if word in known and len(word) >= MIN_LENGTH)
        for name in sorted(set(names)):  # in one order: of two as near, the first is taken
            targets[name] += 1000
        return cls(dict(targets))

    def knows(self, word: str) -> bool:
        """Whether `word` is English or one of Charley's own words."""
        return word in self.targets or word in english_words()

    def correct(self, word: str) -> str:
        """The nearest known word, or `word` itself where it is known, short, or has no neighbour."""
        if len(word) < MIN_LENGTH or not word.isalpha() or self.knows(word):
            return word
        distance = 2 if len(word) >= LONG_LENGTH else 1
        found = [s.term for s in self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=distance)]
        # Of words as near, one with the same letters but for double ones: "chese" is cheese, not chest.
        return next((term for term in found if _singly(term) == _singly(word)), found[0] if found else word)


def _singly(word: str) -> str:
    """A word with each double letter once."""
    return "".join(letter for letter, _ in groupby(word))


def with_slips(text: str, dice: Random) -> str:
    """A text as a fast typist may leave it: in some words a letter is doubled, lost, swapped or a near key's."""
    return " ".join(
        _slip(word, dice) if len(word) >= MIN_LENGTH and word.isalpha() and dice.random() < SLIPS else word
        for word in text.split()
    )


def _slip(word: str, dice: Random) -> str:
    at = dice.randrange(1, len(word))
    head, letter, tail = word[:at], word[at], word[at + 1 :]
    near = dice.choice(NEAR_KEYS.get(letter, letter))
    return dice.choice(
        (head + letter + letter + tail, head + tail, head[:-1] + letter + head[-1] + tail, head + near + tail)
    )
