"""The rows of the fact table, as data/facts/ holds them.

One class a file: `Source` (sources.csv), `Subject` (subjects.csv), `Fact` (facts.csv).
pydantic checks each row; what spans rows or files is checked in `charley.facts.load`.
"""

from __future__ import annotations

import datetime
from enum import Enum
from itertools import product
from typing import Any

from pydantic import BaseModel, Extra, Field, validator

MAX_STATEMENT_WORDS = 25
LIST_SEPARATOR = ";"
BOTH, EITHER = " & ", "|"  # in a subject's names: words that mean it together; one of these words


class SubjectKind(str, Enum):
    """What sort of thing a subject is; decides how it is looked up."""

    NUTRIENT = "nutrient"
    FLUID = "fluid"
    FOOD = "food"
    MEDICINE = "medicine"
    CONDITION = "condition"
    CRAMP = "cramp"
    CAUSE = "cause"
    REMEDY = "remedy"
    GROUP = "group"
    CONTENT = "content"
    GAP = "gap"  # people ask for it and there is no fact yet: it gets an honest no
    OUTSIDE = "outside"  # not Charley's matter; known, so that it is not taken for leg cramps


class Attribute(str, Enum):
    """What a fact tells about its subject."""

    DEFINITION = "definition"
    ROLE = "role"
    ROLE_IN_CRAMPS = "role_in_cramps"
    FOOD_SOURCES = "food_sources"
    DEFICIENCY_SIGNS = "deficiency_signs"
    DEFICIENCY_CAUSES = "deficiency_causes"
    PREVALENCE = "prevalence"
    DURATION = "duration"
    RELIEF = "relief"
    PREVENTION = "prevention"
    EFFECT = "effect"
    HYDRATION = "hydration"
    SUPPLEMENT = "supplement"
    INTAKE = "intake"
    SAFETY = "safety"
    EVIDENCE = "evidence"
    DISTINGUISH = "distinguish"
    SEE_SOMEONE = "see_someone"
    TESTS = "tests"
    DISAGREEMENT = "disagreement"
    ABOUT = "about"


# What a row of a comparison is called.
ATTRIBUTE_TITLES = {
    Attribute.DEFINITION: "What it is",
    Attribute.ROLE: "What it does",
    Attribute.ROLE_IN_CRAMPS: "Its part in cramps",
    Attribute.FOOD_SOURCES: "Foods",
    Attribute.DEFICIENCY_SIGNS: "Signs of too little",
    Attribute.DEFICIENCY_CAUSES: "Why it runs low",
    Attribute.PREVALENCE: "How common",
    Attribute.DURATION: "How long",
    Attribute.RELIEF: "For relief",
    Attribute.PREVENTION: "To prevent cramps",
    Attribute.EFFECT: "Effect",
    Attribute.HYDRATION: "Drinking",
    Attribute.SUPPLEMENT: "As a supplement",
    Attribute.INTAKE: "How much a day",
    Attribute.SAFETY: "Take care",
    Attribute.EVIDENCE: "What studies show",
    Attribute.DISTINGUISH: "How to tell",
    Attribute.SEE_SOMEONE: "When to see someone",
    Attribute.TESTS: "Tests",
    Attribute.DISAGREEMENT: "Where sources differ",
    Attribute.ABOUT: "About",
}


class EvidenceGrade(str, Enum):
    """The strongest kind of source behind a fact (or what a source is)."""

    ARTICLE = "article"
    REFERENCE = "reference"
    GUIDELINE = "guideline"
    REVIEW = "review"
    TRIAL = "trial"
    OBSERVATIONAL = "observational"


# An amount a day or advice to take something never stands without its caution (G11, H6).
CAUTION_REQUIRED = frozenset({Attribute.INTAKE, Attribute.SUPPLEMENT})


class _Row(BaseModel):
    class Config:
        extra = Extra.forbid
        frozen = True
        anystr_strip_whitespace = True

    id: str = Field(regex=r"^[a-z0-9]+([_-][a-z0-9]+)*$")

    # pydantic's own compares copies and hashes every field: two fifths of an action's time, as sampled.
    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.__dict__ == other.__dict__)

    def __hash__(self) -> int:
        return hash(self.id)


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(LIST_SEPARATOR) if part.strip())
    return value


class Source(_Row):
    """Who says it. `url` is empty where the text was read in a copy (then no link is shown)."""

    title: str = Field(min_length=1)
    publisher: str = Field(min_length=1)
    kind: EvidenceGrade
    url: str | None
    note: str = ""

    @validator("url", pre=True)
    def _link_or_nothing(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not value.startswith(("https://", "http://")):
            raise ValueError("must be a web address or empty")
        return value


class Subject(_Row):
    """What a fact is about. `names` are the other words people use for it.

    "cramp|cramps & night|bed" stands for each way to take one word of each group.
    """

    kind: SubjectKind
    name: str = Field(min_length=1)
    names: tuple[str, ...] = ()

    _split_names = validator("names", pre=True, allow_reuse=True)(_split)

    @validator("names")
    def _each_name(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        ways = (product(*(part.split(EITHER) for part in name.split(BOTH))) for name in names)
        return tuple(BOTH.join(way) for each in ways for way in each)

    @property
    def all_names(self) -> tuple[str, ...]:
        return (self.name, *self.names)


class Picture(_Row):
    """A drawing of what facts tell to do; its id names the file. `alt` is for who can't see it."""

    alt: str = Field(min_length=1)
    caption: str = Field(min_length=1)
    facts: tuple[str, ...]

    _split_facts = validator("facts", pre=True, allow_reuse=True)(_split)


class Fact(_Row):
    """One cited statement about one subject.

    `caution` is the id of another fact that is said along with this one; `origin` holds the
    rows of the founding research that it covers.
    """

    subject: str
    attribute: Attribute
    statement: str = Field(min_length=1)
    sources: tuple[str, ...]
    evidence: EvidenceGrade
    caution: str | None
    reviewed: datetime.date
    origin: tuple[str, ...] = ()

    _split_sources = validator("sources", pre=True, allow_reuse=True)(_split)

    @validator("caution", pre=True)
    def _caution_or_nothing(cls, value: str | None) -> str | None:
        return value or None

    @validator("origin", pre=True)
    def _split_origin(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @validator("sources")
    def _cited(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("a fact needs a source")
        return value

    @validator("statement")
    def _short(cls, value: str) -> str:
        words = len(value.split())
        if words > MAX_STATEMENT_WORDS:
            raise ValueError(f"has {words} words; {MAX_STATEMENT_WORDS} at most")
        return value

    @validator("reviewed")
    def _not_in_the_future(cls, value: datetime.date) -> datetime.date:
        if value > datetime.date.today():
            raise ValueError(f"{value} lies in the future")
        return value
