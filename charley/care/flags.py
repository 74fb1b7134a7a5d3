"""Reads and checks the warning flags of data/care/: what to look for, how people say it.

`data/care/flags/<flag>.yml` holds one flag each, `data/care/words.yml` the words that their
patterns share, `data/care/cautions.yml` what advice some things forbid. README.md beside them
explains the fields and how patterns are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, parse_obj_as, validator

from charley.care.levels import CareLevel
from charley.care.patterns import PatternError, vocabulary_of
from charley.facts.schema import Attribute

CARE_DIR = Path("data/care")
MAX_WORDINGS = 15  # of one family, so that no one situation outweighs the others


class Family(BaseModel):
    """One situation as one kind of person tells it, in several wordings."""

    class Config:
        extra = Extra.forbid

    name: str = Field(regex=r"^[a-z0-9][a-z0-9_]*$")
    level: CareLevel = CareLevel.NONE  # of `lesser` families; the others have their flag's, or none
    wordings: list[str] = Field(min_items=1, max_items=MAX_WORDINGS)


class Wording(BaseModel):
    """One message of a family, with what it should be taken for."""

    text: str
    flag: str  # the flag that it tells of, or is a look-alike of
    level: CareLevel
    family: str


class Flag(BaseModel):
    """One thing that a person may report, and the level of care it calls for.

    Attributes:
        patterns: how it is worded; a part of `data/care/README.md` explains how to write them.
        together: sets of flags or notes that make up this flag when all of them were reported,
            in one message or over several turns.
        certain: further patterns, so plain that the second vote must not overrule them.
        figurative: patterns of phrases that only sound like it.
        because: why it calls for care, said to the person.
        families, look_alikes, lesser: messages that the vote learns from.
    """

    class Config:
        extra = Extra.forbid

    flag: str = Field(regex=r"^[a-z][a-z0-9_]*$")
    level: CareLevel
    source: str = ""
    about: str = ""
    because: str = ""
    patterns: list[str] = []
    together: list[list[str]] = []
    certain: list[str] = []
    figurative: list[str] = []
    families: list[Family] = []
    look_alikes: list[Family] = []
    lesser: list[Family] = []

    @validator("source", always=True)
    def _has_a_source(cls, value: str, values: dict[str, Any]) -> str:
        if not value and values.get("level") is not CareLevel.NONE:
            raise ValueError("a flag above none needs a source")
        return value

    def wordings(self) -> Iterator[Wording]:
        """Every wording of its families, in file order."""
        parts = ((self.families, self.level), (self.look_alikes, CareLevel.NONE), (self.lesser, None))
        for families, level in parts:
            for family in families:
                reached = family.level if level is None else level
                name = f"{self.flag}/{family.name}"
                for text in family.wordings:
                    yield Wording(text=text, flag=self.flag, level=reached, family=name)


class Caution(BaseModel):
    """Advice that is left out once something was mentioned.

    Attributes:
        patterns: what is mentioned, by anyone in the talk, unless it is denied.
        flags: reported flags that have the same effect.
        attributes: the kinds of fact that are left out,
        words: where their statement holds one of these words (all of them, if there are none),
        subjects: or where they are about one of these subjects.
        say: what the person is told instead.
    """

    class Config:
        extra = Extra.forbid

    id: str = Field(regex=r"^[a-z][a-z0-9_]*$")
    source: str = Field(min_length=1)
    patterns: list[str] = []
    flags: list[str] = []
    attributes: list[Attribute] = Field(min_items=1)
    words: list[str] = []
    subjects: list[str] = []
    say: str = Field(min_length=1)


class CareData(BaseModel):
    """All of data/care/ that the guard needs."""

    class Config:
        extra = Extra.forbid

    groups: dict[str, str]
    notes: dict[str, list[str]] = {}
    flags: list[Flag]
    cautions: list[Caution] = []

    @validator("flags")
    def _each_once(cls, flags: list[Flag], values: dict[str, Any]) -> list[Flag]:
        seen = set(values.get("notes", {}))
        for flag in flags:
            if flag.flag in seen:
                raise ValueError(f"{flag.flag!r} stands twice")
            seen.add(flag.flag)
        for flag in flags:
            for part in (part for parts in flag.together for part in parts):
                if part not in seen:
                    raise ValueError(f"{flag.flag}: together names {part!r}, which is no flag and no note")
        return flags

    @validator("cautions")
    def _patterns_can_be_read(cls, cautions: list[Caution], values: dict[str, Any]) -> list[Caution]:
        flags: list[Flag] = values.get("flags", [])
        for caution in cautions:
            for name in caution.flags:
                if name not in {flag.flag for flag in flags}:
                    raise ValueError(f"{caution.id}: there is no flag {name!r}")
        owners = [(f.flag, [*f.patterns, *f.certain, *f.figurative]) for f in flags]
        owners += [(c.id, c.patterns) for c in cautions]
        owners += list(values.get("notes", {}).items())
        for owner, patterns in owners:
            for pattern in patterns:
                try:
                    vocabulary_of(pattern, values.get("groups", {}))
                except PatternError as error:
                    raise ValueError(f"{owner}: {error}") from error
        return cautions

    def patterns(self) -> Iterator[str]:
        """Every pattern of every flag, note and caution."""
        for flag in self.flags:
            yield from (*flag.patterns, *flag.certain, *flag.figurative)
        for patterns in self.notes.values():
            yield from patterns
        for caution in self.cautions:
            yield from caution.patterns

    def vocabulary(self) -> set[str]:
        """Every word that a pattern reads."""
        return {word for pattern in self.patterns() for word in vocabulary_of(pattern, self.groups)}

    def wordings(self) -> Iterator[Wording]:
        """Every wording that the vote learns from."""
        for flag in self.flags:
            yield from flag.wordings()

    def snapshot(self) -> dict[str, Any]:
        """What is kept with a trained model: all but the wordings, as plain JSON-able data."""
        left_out = {"families", "look_alikes", "lesser"}
        return {
            "groups": self.groups,
            "notes": self.notes,
            "flags": [{**f.dict(exclude=left_out), "level": f.level.value} for f in self.flags],
            "cautions": [{**c.dict(), "attributes": [a.value for a in c.attributes]} for c in self.cautions],
        }


class CareDataError(ValueError):
    """data/care/ can't be used; the message says where and why, a line each."""


def load_care(directory: Path = CARE_DIR) -> CareData:
    """Read the flags and all that goes with them from `directory`.

    Raises:
        CareDataError: if anything can't be read or is not valid; all broken flags are named.
    """
    problems: list[str] = []
    flags: list[Flag] = []
    for path in sorted((directory / "flags").glob("*.yml")):
        try:
            flags.append(Flag.parse_obj(_read(path)))
            if flags[-1].flag != path.stem:
                problems.append(
                    f"{path.name}: the file of the flag {flags[-1].flag!r} must be named after it"
                )
        except CareDataError as error:
            problems.append(str(error))
        except ValidationError as error:
            problems += _sentences(path.name, error)
    if problems:
        raise CareDataError("\n".join(problems))
    try:
        words = _read(directory / "words.yml")
        if not isinstance(words, dict):
            raise CareDataError("words.yml: must hold groups and notes")
        cautions = parse_obj_as(list[Caution], _read(directory / "cautions.yml"))
        return CareData.parse_obj({**words, "flags": flags, "cautions": cautions})
    except ValidationError as error:
        raise CareDataError("\n".join(_sentences("data/care", error))) from error


def load_families(path: Path) -> list[Wording]:
    """The wordings of one file in the form of a flag's (held-out families, for example)."""
    try:
        return list(Flag.parse_obj({"source": "none", **_read(path)}).wordings())
    except ValidationError as error:
        raise CareDataError("\n".join(_sentences(path.name, error))) from error


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CareDataError(f"{path.name}: {error}") from error


def _sentences(where: str, error: ValidationError) -> list[str]:
    return [f"{where}, {'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
