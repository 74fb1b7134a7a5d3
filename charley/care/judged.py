"""Wordings that people have judged: whoever says the same words gets the level given to them.

A linear model over 55,000 wordings does not get each of them right; but a trainer who writes that "what if it wakes
me again tonight" is no danger must be able to rely on it. Kept are hashes, not words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from charley.care.levels import CareLevel

NAME = "care_judged"
HASH = 8  # bytes: among a million wordings two share a hash by chance once in 37 million such models
WORD = re.compile(r"\w+|\?")  # who asks "chest pain?" may ask; who says it has it


class Judged:
    """The level and the flag of each wording; look one up with `of`."""

    def __init__(
        self, keys: npt.NDArray[np.uint64], places: npt.NDArray[np.uint16], classes: list[str]
    ) -> None:
        self._keys, self._places, self._classes = keys, places, classes

    @classmethod
    def learn(cls, wordings: Iterable[tuple[str, CareLevel, str]]) -> Judged:
        """From (text, level, flag); of a text with several levels the gravest holds."""
        found: dict[int, tuple[CareLevel, str]] = {}
        for text, level, flag in wordings:
            key = _key(text)
            if key not in found or found[key][0] < level:
                found[key] = (level, flag)
        classes = sorted({f"{level.value}:{flag}" for level, flag in found.values()})
        at = {name: index for index, name in enumerate(classes)}
        keys = np.array(sorted(found), dtype=np.uint64)
        places = [at[f"{level.value}:{flag}"] for level, flag in (found[int(key)] for key in keys)]
        return cls(keys, np.array(places, dtype=np.uint16), classes)

    def of(self, text: str) -> tuple[CareLevel, str] | None:
        """What a text was judged to be; None for one that nobody has judged. Case and punctuation do not count, question marks do."""
        key = np.uint64(_key(text))
        index = int(np.searchsorted(self._keys, key))
        if index == len(self._keys) or self._keys[index] != key:
            return None
        level, flag = self._classes[self._places[index]].split(":", 1)
        return CareLevel(level), flag

    def save(self, directory: Path) -> None:
        np.savez(directory / f"{NAME}.npz", keys=self._keys, places=self._places)
        (directory / f"{NAME}.json").write_text(json.dumps(self._classes), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Judged:
        arrays = np.load(directory / f"{NAME}.npz", allow_pickle=False)
        classes = json.loads((directory / f"{NAME}.json").read_text(encoding="utf-8"))
        return cls(arrays["keys"], arrays["places"], classes)


def _key(text: str) -> int:
    words = " ".join(WORD.findall(text.lower())).encode()
    return int.from_bytes(hashlib.blake2b(words, digest_size=HASH).digest(), "big")
