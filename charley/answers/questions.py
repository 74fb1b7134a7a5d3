"""What each question intent looks up: data/questions.yml, read and checked."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, parse_obj_as, validator

from charley.facts import Attribute, FactTable
from charley.reading.roles import EXCESS, LACK, LESS, MORE

QUESTIONS_FILE = Path("data/questions.yml")
ROLES = (EXCESS, LACK, LESS, MORE)
MAX_TITLE = 20  # Messenger's quick replies take no more
EITHER = 2  # facts of each attribute at first, where one of two questions is meant
_T = TypeVar("_T")


class Question(BaseModel):
    """One entry of data/questions.yml; the file's head explains each field."""

    class Config:
        extra = Extra.forbid
        frozen = True

    title: str = Field(min_length=1, max_length=MAX_TITLE)
    attributes: tuple[Attribute, ...]
    later: tuple[Attribute, ...] = ()
    related: tuple[Attribute, ...] = ()
    subject: str = "leg_cramps"
    also: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    each: int | None = Field(None, ge=1)
    by_role: dict[str, str] = {}
    needs_subject: bool = False
    lenient: bool = False
    safety_net: bool = False
    withheld: bool = False

    def without(self, attributes: Collection[Attribute]) -> Question:
        """This question, not looking at these attributes."""
        kept = {
            name: tuple(a for a in getattr(self, name) if a not in attributes)
            for name in ("attributes", "later", "related")
        }
        return self.copy(update=kept) if attributes else self

    def beside(self, other: Question) -> Question:
        """This question, which may have been meant as the other one: what answers either, in turn."""
        merged = {
            name: tuple(dict.fromkeys(_in_turn(getattr(self, name), getattr(other, name))))
            for name in ("attributes", "later", "related", "also")
        }
        net = self.safety_net or other.safety_net
        return self.copy(update={**merged, "each": EITHER, "safety_net": net})


def _in_turn(first: Sequence[_T], second: Sequence[_T]) -> list[_T]:
    """One of the first, one of the second, and so on."""
    return [item for pair in zip_longest(first, second) for item in pair if item is not None]


class QuestionsError(ValueError):
    """data/questions.yml can't be used; the message says where and why."""


class Questions(BaseModel):
    """All questions, by intent."""

    by_intent: dict[str, Question]

    @validator("by_intent")
    def _next_are_known(cls, questions: dict[str, Question]) -> dict[str, Question]:
        for intent, question in questions.items():
            for other in (*question.next, *question.by_role.values()):
                if other not in questions:
                    raise ValueError(f"{intent} names {other!r}, which is not in this file")
            for role in question.by_role:
                if role not in ROLES:
                    raise ValueError(f"{intent}: by_role knows {', '.join(ROLES)}, not {role!r}")
        return questions

    def __getitem__(self, intent: str) -> Question:
        return self.by_intent[intent]

    def __contains__(self, intent: object) -> bool:
        return intent in self.by_intent

    def check(self, table: FactTable) -> None:
        """Raise QuestionsError if a subject is not in the table."""
        for intent, question in self.by_intent.items():
            for subject in (question.subject, *question.also):
                if subject not in table.subjects:
                    raise QuestionsError(f"questions.yml, {intent}: {subject!r} is not in subjects.csv")

    def snapshot(self) -> dict[str, Any]:
        """The questions as plain JSON-able data, to be kept with a trained model."""
        plain: dict[str, Any] = json.loads(self.json())
        return plain


def load_questions(path: Path = QUESTIONS_FILE) -> Questions:
    """Read the questions.

    Raises:
        QuestionsError: if the file can't be read or is not valid.
    """
    try:
        return parse_obj_as(Questions, {"by_intent": yaml.safe_load(path.read_text(encoding="utf-8"))})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise QuestionsError(f"{path.name}: {error}") from error
    except ValidationError as error:
        lines = (f"{path.name}, {'.'.join(str(p) for p in e['loc'][2:])}: {e['msg']}" for e in error.errors())
        raise QuestionsError("\n".join(lines)) from error
