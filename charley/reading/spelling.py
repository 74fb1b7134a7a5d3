"""Mends misspelt words towards the words that Charley was trained on.

A word that stands in an English dictionary or among Charley's own words is never touched, so a
right word can't become a wrong one; drug and nutrient names are Charley's own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from importlib.resources import files
from itertools import groupby
from math import log
from operator import itemgetter
from random import Random
from types import MappingProxyType

from symspellpy import SymSpell, Verbosity

SHORTEST = 3  # letters of a word that is mended
MIN_LENGTH = 4  # shorter words have so many neighbours that only the words beside them can tell
LONG_LENGTH = 7  # from here two edits are allowed whatever stands beside
OF_A_NAME = 20  # times that a name counts as used, beside those that it is
OFTEN = 10  # times that a word of no dictionary stands in the examples, from where it is one of ours,
MUCH_MORE = 10  # unless a word one letter away is used so many times as often
# Chosen on tests/development/questions.csv with slips; all logarithms of a likelihood.
EDIT, DOUBLE, SWAP = 6.0, 2.5, 4.0  # what it costs to edit a letter, to double one or more, and to swap two
STRANGE, STRANGE_LETTER = 12.0, 2.5  # what it costs to leave a word strange, and each of its letters
BY_USE = 300.0  # pairs that the use of a word weighs as much as
GUESSES = 8  # readings of a message that are followed at a time
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
    """Mends lower-case words, each in the light of its neighbours.

    A noisy channel: of all readings of a message the likeliest is taken, by how often each word is used,
    how often it follows the one before it, and how many edits lie between it and what was written.

    Args:
        targets: words to mend towards, with how often each is used.
        pairs: how often two words ("my calf") stand side by side; "" stands for where a message
            begins or ends.
    """

    def __init__(self, targets: Mapping[str, int], pairs: Mapping[str, int] = MappingProxyType({})) -> None:
        self.targets = targets
        self.pairs = pairs
        self._total = sum(targets.values()) + 1
        self._followed: Counter[str] = Counter()
        for pair, count in pairs.items():
            self._followed[pair.split(" ", 1)[0]] += count
        self._symspell = _symspell(targets)

    @classmethod
    def learn(
        cls, words: Iterable[str], names: Iterable[str], pairs: Iterable[tuple[str, str]] = ()
    ) -> Speller:
        """A speller for the words of the training examples, with repeats, and for `names`.

        Of the words those in the English dictionary become targets, and those that stand there often:
        examples are misspelt on purpose. Every name is a target, and is preferred.

        Args:
            pairs: neighbours in the examples, with repeats.
        """
        known, counts = english_words(), Counter(filter(str.isalpha, words))
        targets = Counter({word: count for word, count in counts.items() if word in known})
        for name in sorted(set(names)):  # in one order: of two as near, the first is taken
            targets[name] += OF_A_NAME
        right = _symspell(targets)
        for word, count in counts.items():
            if word not in targets and count >= OFTEN and not _is_slip(word, count, right):
                targets[word] = count
        beside = Counter(pair for pair in pairs if all(w in targets or not w.isalpha() for w in pair))
        return cls(dict(targets), {" ".join(pair): count for pair, count in beside.items() if count > 1})

    def knows(self, word: str) -> bool:
        """Whether `word` is English or one of Charley's own words."""
        return word in self.targets or word in english_words()

    def correct(self, word: str) -> str:
        """The known word that `word` stands for by itself; `word` where it is known or has no near neighbour."""
        return self.mend([word])[0]

    def mend(self, words: Sequence[str]) -> list[str]:
        """The words of a message, one for one, each known or as written."""
        if all(map(self._stands, words)):
            return list(words)
        best: list[tuple[float, list[str]]] = [(0.0, [""])]
        for word, after in zip([*words, ""], [*words[1:], "", ""], strict=True):
            near = [] if self._stands(word) else self._near(word)
            tried = [
                (score + more, [*read, term])
                for score, read in best
                for term, more in self._meant(word, near, read[-1], after)
            ]
            best = nlargest(GUESSES, tried, key=itemgetter(0))
        return best[0][1][1:-1]

    def _stands(self, word: str) -> bool:
        """Whether a word is never touched."""
        return len(word) < SHORTEST or not word.isalpha() or self.knows(word)

    def _near(self, word: str) -> list[tuple[str, float, bool]]:
        """Known words near a strange one, what the way there costs, and whether it is far for its length."""
        length = len(word)
        reach = 2 if length >= LONG_LENGTH else int(length >= MIN_LENGTH)
        return [
            (found.term, _cost(word, found.term, found.distance), found.distance > reach)
            for found in self._symspell.lookup(word, Verbosity.ALL, max_edit_distance=2 if length > 2 else 1)
        ]

    def _meant(
        self, word: str, near: Sequence[tuple[str, float, bool]], before: str, after: str
    ) -> Iterator[tuple[str, float]]:
        """What a word may mean between two others, and how likely (a logarithm)."""
        if not near:
            yield word, self._likely(word, before)
            return
        yield word, -STRANGE - STRANGE_LETTER * len(word)
        for term, cost, far in near:
            if not far or f"{before} {term}" in self.pairs or f"{term} {after}" in self.pairs:
                yield term, self._likely(term, before) - cost

    def _likely(self, word: str, before: str) -> float:
        """The logarithm of how likely a word is after another: by pairs, and by its use where these are few."""
        use = (self.targets.get(word, 0) + 0.5) / self._total
        together = self.pairs.get(f"{before} {word}", 0)
        return log((together + BY_USE * use) / (self._followed[before] + BY_USE))


def _symspell(targets: Mapping[str, int]) -> SymSpell:
    symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    for word, count in targets.items():
        symspell.create_dictionary_entry(word, count)
    return symspell


def _is_slip(word: str, count: int, right: SymSpell) -> bool:
    """Whether a word of no dictionary is one letter away from one that is used much more."""
    near = right.lookup(word, Verbosity.ALL, max_edit_distance=1) if len(word) >= MIN_LENGTH else ()
    return any(found.count > MUCH_MORE * count for found in near)


def _cost(written: str, meant: str, distance: int) -> float:
    """How unlikely it is that one word is written for another: less for a double letter, and for two swapped."""
    if _singly(written) == _singly(meant):
        return DOUBLE
    return SWAP if distance == 1 and sorted(written) == sorted(meant) else distance * EDIT


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
