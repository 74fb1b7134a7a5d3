"""Which words may stand in a text that shall tell of nobody: Charley's own, English ones, names and places.

Names and places come from faker's lists of all countries (charley/trainers/words/ adds to them), folded
to plain letters. A word of those that is an ordinary word too stands in words/ordinary.txt.
"""

from __future__ import annotations

import pkgutil
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import available_timezones

import faker.providers.address
import faker.providers.person
from spacy.lang.en.stop_words import STOP_WORDS

from charley.facts.load import FACTS_DIR, load_table
from charley.reading.reader import Reader
from charley.reading.spelling import Speller

LISTS = Path(__file__).with_name("words")
EXAMPLES = (Path("data/nlu"), Path("data/care"))
LETTERS = re.compile(r"[^\W\d_]+")
CODE = re.compile(r"\b(?:[a-z]+\d+|\d+[a-z]+)[a-z\d]*\b")  # b12, q10, hba1c
PERSON = re.compile(r"name|roman")  # in what faker's lists of names are called
PLACE = re.compile(
    r"_*(cit(y|ies)|towns?|villages?|states?|provinces?|count(y|ies|ries)|municipalities|regions?|districts?"
    r"|territories|departments?|boroughs?|london_boroughs|administrative_units?)(_names?)?_*"
)
OFTEN = 3  # times that a strange word, or a code, stands in the examples, from where it tells of nobody
SHORTEST_PLACE = 3  # letters
EVERYDAY = 25_000  # words: of the development messages no more were lost than with all
FUNCTION = frozenset(
    word for word in STOP_WORDS if word.isalpha()
) | frozenset(
    "im ive id ill dont cant wont isnt doesnt didnt wasnt arent havent shouldnt couldnt wouldnt whats thats hes shes "
    "its u r ur n pls plz said says told asks asked tells gets got gives gave takes took thinks thought swears wants "
    "feels felt has had does did is was wrote sent puts woke and but so or if then hi hello hey thanks thank ok okay"
    .split()
)  # fmt: skip


@dataclass(frozen=True)
class KnownWords:
    """All words, in lower case and plain letters.

    Attributes:
        own: of the facts, the examples and the warning signs.
        subjects: of the names of subjects: never taken for anybody's.
        codes: letters and digits that are a term ("b12").
        names, places: of people and of where they live, however ordinary.
        ordinary: of these, what is as well an everyday word.
        reader: mends slips, and tells English from other languages.
    """

    own: frozenset[str]
    subjects: frozenset[str]
    codes: frozenset[str]
    names: frozenset[str]
    places: frozenset[str]
    ordinary: frozenset[str]
    reader: Reader

    def has(self, word: str) -> bool:
        """Whether a word is everyday English, or Charley's own."""
        return word in self.own or word in everyday_words()

    @cached_property
    def tell_of_someone(self) -> frozenset[str]:
        """Names and places that are no ordinary words."""
        return (self.names | self.places) - self.ordinary - self.subjects

    def mended(self, word: str) -> str | None:
        """The known word that a misspelt one stands for; None for what may be a name, or has no neighbour."""
        right = self.reader.speller.correct(word)
        return right if right != word and self.has(right) and right not in self.tell_of_someone else None


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """The commonest of symspellpy's English words: among the rarer ones are many names and places."""
    text = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    return frozenset(line.split(" ", 1)[0] for line in text.splitlines()[:EVERYDAY])


@lru_cache(maxsize=4)
def known_words(root: Path = Path()) -> KnownWords:
    """The words for the project in this folder, read once.

    Raises:
        ValueError: if the fact table can't be used.
    """
    table = load_table(root / FACTS_DIR)
    paths = sorted(path for folder in EXAMPLES for path in (root / folder).rglob("*.yml"))
    return _known(
        examples=tuple(path.read_text(encoding="utf-8") for path in paths),
        called=tuple(name for subject in table.subjects.values() for name in subject.all_names),
        said=tuple(fact.statement for fact in table.facts.values()),
    )


@lru_cache(maxsize=2)
def _known(examples: tuple[str, ...], called: tuple[str, ...], said: tuple[str, ...]) -> KnownWords:
    """The words of the examples, of subjects' names and of facts, beside everybody's."""
    lower = [word for text in said for word in LETTERS.findall(text) if word.islower()]
    written = Counter(_words(examples))
    often = (w for w, times in written.items() if times >= OFTEN or w in everyday_words())
    codes = Counter(code for text in [*examples, *called] for code in CODE.findall(text.lower()))
    own_codes = {code for name in called for code in CODE.findall(name.lower())}
    return KnownWords(
        own=frozenset({*often, *_words([*said, *called])}),
        subjects=frozenset(_words(called)),
        codes=frozenset(own_codes | {code for code, times in codes.items() if times >= OFTEN}),
        names=_names(),
        places=_places(),
        ordinary=frozenset({*_listed("ordinary.txt"), *_words(lower), *FUNCTION}),
        # As Reader.learn, which takes ten times as long over files.
        reader=Reader(Speller.learn(_words(examples), _words(called))),
    )


def folded(text: str) -> str:
    """A text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ø", "o"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def _words(texts: Iterable[str]) -> Iterator[str]:
    return (word for text in texts for word in LETTERS.findall(folded(text)))


def _listed(file: str) -> Iterator[str]:
    lines = (LISTS / file).read_text(encoding="utf-8").splitlines()
    return _words(line for line in lines if not line.startswith("#"))


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset({*_listed("names.txt"), *_words(_faker(faker.providers.person, PERSON))})


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    cities = (zone.split("/")[-1].replace("_", " ") for zone in available_timezones())
    listed = _words(_faker(faker.providers.address, PLACE))
    found = {*listed, *_words(cities), *_listed("places.txt")}
    return frozenset(word for word in found if len(word) >= SHORTEST_PLACE)


def _faker(package: ModuleType, wanted: re.Pattern[str]) -> Iterator[str]:
    """All entries of faker's lists of one sort, of every country."""
    for module in pkgutil.iter_modules(package.__path__):
        provider = import_module(f"{package.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            found = wanted.search(attribute) if wanted is PERSON else wanted.fullmatch(attribute)
            if found:
                yield from _texts(getattr(provider, attribute))


def _texts(value: Any) -> Iterator[str]:
    """The texts in a list of faker's, which may be nested, or weighted by a dict."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for inner in value:
            yield from _texts(inner)
