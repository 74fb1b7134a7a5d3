"""The patterns of data/care/: how they are written, and the spaCy rules they become.

Without spaCy itself, which takes seconds to import: `charley.care.matcher` applies them.

A pattern is read word by word:

    swollen|puffy     one of these words; `_` stands for a space: short_of|out_of breath
    $leg              one of the words of that group of words.yml
    #                 a number, in figures or words
    ..                up to five words of any kind, within the sentence
    one & other       all sides, in any order, with up to six words between them
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations, product
from typing import Any

GAP = ".."
NUMBER = "#"
EITHER_ORDER = " & "
GAP_WORDS = 5
SENTENCE_END = frozenset(".!?;\n")
Rule = list[dict[str, Any]]


class PatternError(ValueError):
    """A pattern can't be read; the message quotes it."""


def rules_of(pattern: str, groups: Mapping[str, str]) -> list[Rule]:
    """spaCy `Matcher` rules that together match what `pattern` describes.

    Raises:
        PatternError: if it names an unknown group, or does not begin and end with a word.
    """
    sides = [_side(side, pattern, groups) for side in pattern.split(EITHER_ORDER)]
    between: Rule = [_any_word() for _ in range(GAP_WORDS + 1)]
    rules: list[Rule] = []
    for order in permutations(sides):
        for chosen in product(*order):
            rules.append([token for i, tokens in enumerate(chosen) for token in (between * bool(i)) + tokens])
    return rules


def vocabulary_of(pattern: str, groups: Mapping[str, str]) -> set[str]:
    """Every word that a pattern reads."""
    rules_of(pattern, groups)
    return {
        word for part in parts_of(pattern) for choice in choices_of(part, pattern, groups) for word in choice
    }


def parts_of(pattern: str) -> list[str]:
    """The parts of a pattern that stand for words."""
    return [part for part in pattern.split() if part not in (GAP, NUMBER, EITHER_ORDER.strip())]


def _side(side: str, pattern: str, groups: Mapping[str, str]) -> list[Rule]:
    parts = side.split()
    if not parts or GAP in (parts[0], parts[-1]):
        raise PatternError(f"{pattern!r} must begin and end with a word")
    options = [list(_tokens(part, pattern, groups)) for part in parts]
    return [[token for tokens in chosen for token in tokens] for chosen in product(*options)]


def _tokens(part: str, pattern: str, groups: Mapping[str, str]) -> Iterator[Rule]:
    """The ways to match one part: all its single words at once, and each of its phrases."""
    if part == GAP:
        yield [_any_word() for _ in range(GAP_WORDS)]
        return
    if part == NUMBER:
        yield [{"LIKE_NUM": True}]
        return
    choices = choices_of(part, pattern, groups)
    single = sorted({choice[0] for choice in choices if len(choice) == 1})
    if single:
        yield [{"LOWER": {"IN": single}}]
    for choice in choices:
        if len(choice) > 1:
            yield [{"LOWER": word} for word in choice]


def choices_of(part: str, pattern: str, groups: Mapping[str, str]) -> list[list[str]]:
    """What one part stands for: lists of words in a row."""
    found: list[list[str]] = []
    for choice in part.split("|"):
        if choice.startswith("$"):
            if choice[1:] not in groups:
                raise PatternError(f"{pattern!r}: there is no group {choice!r}")
            for phrase in groups[choice[1:]].split("|"):
                if not phrase.strip():
                    raise PatternError(f"group {choice!r} holds an empty word")
                found.append(phrase.lower().split())
        elif choice.strip("_"):
            found.append(choice.lower().replace("_", " ").split())
        else:
            raise PatternError(f"{pattern!r} holds an empty word")
    return found


def _any_word() -> dict[str, Any]:
    return {"TEXT": {"NOT_IN": sorted(SENTENCE_END)}, "OP": "?"}
