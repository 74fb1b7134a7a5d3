"""Splits a message into words and mends their spelling, once for every later part."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from charley.reading.spelling import MIN_LENGTH, Speller

TELLING_WORDS = 4  # fewer strange words may be names or slips
FOREIGN = 0.55  # share of unknown words from which a message is in no English


@lru_cache(maxsize=1)
def english() -> Language:
    """spaCy's English without a model: its tokeniser and vocabulary, nothing learnt.

    Without the tokeniser's exceptions, which take "cant" apart into "ca" and "nt": spelling,
    names and warning signs are all told in whole written words.
    """
    nlp = spacy.blank("en")
    nlp.tokenizer.rules = {}  # type: ignore[union-attr]  # spaCy types it as any callable
    return nlp


@dataclass(frozen=True)
class Reading:
    """A message as read.

    Attributes:
        doc: its tokens as written.
        mended: the same tokens in lower case with their spelling mended, one for one.
        unknown: the share (0 to 1) of its words that are not English, as written and as mended
            (half each); only words of four letters or more tell, and four of them are needed.
    """

    doc: Doc
    mended: Doc
    unknown: float

    @property
    def text(self) -> str:
        """The mended text: what later parts read."""
        return self.mended.text

    @property
    def foreign(self) -> bool:
        """Whether the message is in another language, as far as its words and letters tell."""
        return self.unknown > FOREIGN or _in_another_script(self.doc.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where tokens `start` to `end` (exclusive) stand in the message, in characters."""
        last = self.doc[end - 1]
        return self.doc[start].idx, last.idx + len(last)

    def fingerprint(self) -> str:
        """Lets Rasa fingerprint training data that carries readings."""
        return f"{self.doc.text}|{self.mended.text}"


class Reader:
    """Reads messages with one speller."""

    def __init__(self, speller: Speller) -> None:
        self.speller = speller

    @classmethod
    def learn(cls, messages: Iterable[str], names: Iterable[str]) -> Reader:
        """A reader whose speller knows the words of these messages and names."""
        texts = [_words(english().tokenizer(message)) for message in messages]
        parts = (word for name in names for word in _words(english().tokenizer(name)) if word.isalpha())
        pairs = (pair for text in texts for pair in pairwise(["", *text, ""]))
        return cls(Speller.learn(chain.from_iterable(texts), parts, pairs))

    def read(self, message: str) -> Reading:
        """Tokenise `message` and mend its spelling."""
        doc = english().tokenizer(message.replace("\u2019", "'"))
        right = iter(self.speller.mend(_words(doc)))
        words = [token.text if token.is_space else next(right) for token in doc]
        spaces = [bool(token.whitespace_) for token in doc]
        mended = Doc(doc.vocab, words=words, spaces=spaces)
        telling = [i for i, token in enumerate(doc) if token.is_alpha and len(token) >= MIN_LENGTH]
        strange = [not self.speller.knows(d[i].lower_) for d in (doc, mended) for i in telling]
        unknown = sum(strange) / len(strange) if len(telling) >= TELLING_WORDS else 0.0
        return Reading(doc, mended, unknown)


def _words(doc: Doc) -> list[str]:
    """Its tokens in lower case, without blank ones."""
    return [token.lower_ for token in doc if not token.is_space]


def _in_another_script(text: str) -> bool:
    """Whether most letters are none of the Latin alphabet's."""
    letters = [character for character in text if character.isalpha()]
    return sum("LATIN" not in unicodedata.name(c, "") for c in letters) > len(letters) / 2
