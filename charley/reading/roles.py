"""What is wanted or feared of a subject beside others: too much of it or too little, more or less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # spaCy takes a second to import, and the names of the roles are all that checks need
    from charley.reading.names import Mention
    from charley.reading.reader import Reading

EXCESS, LACK, LESS, MORE = "excess", "lack", "less", "more"
WORDS = {
    **dict.fromkeys("high excess excessive elevated overdo overdoing".split(), EXCESS),
    **dict.fromkeys("low lack lacking deficient deficiency short".split(), LACK),
    **dict.fromkeys(
        "less fewer reduce reducing cut cutting limit avoid avoiding without lower lowering".split(), LESS
    ),
    **dict.fromkeys("more extra increase increasing raise raising boost boosting add adding".split(), MORE),
}
PAIRS = {  # two words, where one alone tells nothing or something else
    ("too", "much"): EXCESS, ("too", "many"): EXCESS, ("too", "little"): LACK, ("not", "enough"): LACK,
    ("low", "in"): LACK, ("high", "in"): MORE, ("rich", "in"): MORE,
}  # fmt: skip
FOODS = frozenset(
    "food foods diet diets meal meals snack snacks drink drinks dish dishes something anything".split()
)
BEHIND = 4  # words behind a subject that may tell of it: "my calcium is too high"
TELLS = frozenset("is are was were level levels count comes came runs got gets being".split())
JOINS = frozenset({"and", "or", ",", "&", "/", "plus", "n"})
ENDS = frozenset({".", "?", "!", ";", "but", "while", "whereas", "than"})


def roles(reading: Reading, mentions: Sequence[Mention]) -> list[str | None]:
    """The role of each mention, in their order; None where nothing tells."""
    at = {token.idx: token.i for token in reading.doc}
    words = [token.lower_ for token in reading.mended]
    found: dict[Mention, str | None] = {}
    before, role = 0, None
    for mention in sorted(mentions, key=lambda m: m.start):
        first = at[mention.start]
        last = next((i for i in range(first, len(words)) if reading.doc[i].idx >= mention.end), len(words))
        own = _told_before(words[first:last])  # "low potassium" is a name too
        behind, length = (own, 0) if own else _told_behind(words[last:])
        if behind or not (found and JOINS.issuperset(words[before:first])):  # "too much calcium and sodium"
            role = behind or _told_before(words[before:first])
        found[mention] = role
        before = last + length
    return [found[mention] for mention in mentions]


def _told_before(words: Sequence[str]) -> str | None:
    """The role that the words before a subject give it; the nearest counts."""
    for at in range(len(words) - 1, -1, -1):
        pair = PAIRS.get((words[at - 1], words[at])) if at else None
        if words[max(0, at - 1) : at + 1] == ["low", "in"] and at > 1 and words[at - 2] in FOODS:
            return LESS  # "foods low in sodium", but "why am i low in sodium"
        if pair or words[at] in WORDS:
            return pair or WORDS[words[at]]
        if words[at] in ENDS:
            return None
    return None


def _told_behind(words: Sequence[str]) -> tuple[str | None, int]:
    """The role that the words right behind a subject give it, and how many words that takes."""
    if not words or words[0] not in TELLS:
        return None, 0
    for at, word in enumerate(words[:BEHIND]):
        if word in ENDS or word in JOINS:
            break
        if WORDS.get(word) in (EXCESS, LACK):
            return WORDS[word], at + 1
    return None, 0
