"""Reads and checks data/care/: the warning signs and how people word them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from charley.care.levels import CareLevel

CARE_DIR = Path("data/care")
GAP = ".."
EITHER_ORDER = "&"


class Sign(BaseModel):
    """One warning sign. `patterns` are written as data/care/signs.yml explains."""

    class Config:
        extra = Extra.forbid

    id: str = Field(regex=r"^[a-z][a-z0-9_]*$")
    level: CareLevel
    source: str = Field(min_length=1)
    patterns: list[str] = Field(min_items=1)

    @validator("level")
    def _calls_for_care(cls, value: CareLevel) -> CareLevel:
        if value is CareLevel.NONE:
            raise ValueError("a warning sign needs a level above none")
        return value


class CareData(BaseModel):
    """All warning signs, with the groups of words that their patterns share."""

    class Config:
        extra = Extra.forbid

    groups: dict[str, str]
    signs: list[Sign]

    @validator("groups")
    def _plain_words(cls, groups: dict[str, str]) -> dict[str, str]:
        for name, words in groups.items():
            if "$" in words or not all(words.split("|")):
                raise ValueError(f"group {name!r} must be words with | between them")
        return groups

    @validator("signs")
    def _known_groups_and_unique(cls, signs: list[Sign], values: dict[str, Any]) -> list[Sign]:
        groups = values.get("groups", {})
        seen: set[str] = set()
        for sign in signs:
            if sign.id in seen:
                raise ValueError(f"sign {sign.id!r} stands twice")
            seen.add(sign.id)
            for pattern in sign.patterns:
                sides = [side.split() for side in pattern.split(f" {EITHER_ORDER} ")]
                if not all(side and side[0] != GAP and side[-1] != GAP for side in sides):
                    raise ValueError(f"sign {sign.id!r}: {pattern!r} must begin and end with a word")
                for part in pattern.replace("|", " ").split():
                    if part.startswith("$") and part[1:] not in groups:
                        raise ValueError(f"sign {sign.id!r}: there is no group {part!r}")
        return signs

    def words(self, part: str) -> list[str]:
        """The single words that one part of a pattern stands for ("$leg|arm" -> ["leg", ..., "arm"])."""
        found: list[str] = []
        for choice in part.split("|"):
            if choice.startswith("$"):
                found += self.words(self.groups[choice[1:]])
            elif choice:
                found.append(choice.lower())
        return found

    def vocabulary(self) -> set[str]:
        """Every word that a pattern reads."""
        parts = (part for sign in self.signs for pattern in sign.patterns for part in pattern.split())
        return {word for part in parts if part not in (GAP, EITHER_ORDER) for word in self.words(part)}

    def snapshot(self) -> dict[str, Any]:
        """The signs as plain JSON-able data, to be kept with a trained model."""
        return {"groups": self.groups, "signs": [{**s.dict(), "level": s.level.value} for s in self.signs]}


class CareDataError(ValueError):
    """data/care/ can't be used; the message says where and why."""


def load_care(directory: Path = CARE_DIR) -> CareData:
    """Read signs.yml from `directory`.

    Raises:
        CareDataError: if it can't be read or is not valid.
    """
    path = directory / "signs.yml"
    try:
        return CareData.parse_obj(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CareDataError(f"{path.name}: {error}") from error
    except ValidationError as error:
        lines = (f"{path.name}, {'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise CareDataError("\n".join(lines)) from error
