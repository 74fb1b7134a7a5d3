"""Who gets in: the one check on every turn of a person, for every channel and for `converse`.

It stands before NLU: a very long message would block Rasa for seconds.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from charley.care.course import answer_payload

MAX_CHARACTERS = 1000
MAX_UNPRINTABLE = 0.1  # the share of control characters from which a text counts as binary
LINE_ENDS = re.compile(r"(?<![.!?,;:])\s*[\r\n]+\s*")
PAYLOAD = re.compile(r"/(?P<intent>[a-z_]+)(?P<entities>\{.*\})?")


class Refusal(str, Enum):
    """Why a turn is refused; `utter_notice_<value>` in domain.yml says so to the person."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"  # for channels to say
    UNREADABLE = "unreadable"
    UNKNOWN_BUTTON = "unknown_button"
    REPEATED = "repeated"


@dataclass(frozen=True)
class Admitted:
    """What may go on to Rasa: a typed text, or a button's payload (with a leading slash)."""

    text: str


@dataclass(frozen=True)
class Buttons:
    """What buttons may send: these intents, about these subjects or these values to these questions."""

    intents: frozenset[str]
    subjects: frozenset[str]
    values: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        intents: Iterable[str],
        subjects: Iterable[str],
        values: Iterable[str] = (),
        questions: Iterable[str] = (),
    ) -> Buttons:
        return cls(frozenset(intents), frozenset(subjects), frozenset(values), frozenset(questions))

    def payloads(self) -> Iterator[str]:
        """Every payload with one subject or with one answer to a question, as buttons write them."""
        for intent in self.intents:
            yield f"/{intent}"
            for subject in self.subjects:
                yield f"/{intent}{json.dumps({'subject': subject})}"
        for question in self.questions:
            for values in ([], *([value] for value in self.values)):
                yield answer_payload(question, values)

    def may_send(self, payload: str) -> bool:
        """Whether a button could have sent this payload."""
        match = PAYLOAD.fullmatch(payload)
        if match is None or match["intent"] not in self.intents:
            return False
        if match["entities"] is None:
            return True
        try:
            entities = json.loads(match["entities"])
        except ValueError:
            return False
        if not isinstance(entities, dict):
            return False
        if set(entities) in ({"values"}, {"question", "values"}):
            chosen, question = entities["values"], entities.get("question")
            known = question is None or (isinstance(question, str) and question in self.questions)
            return (
                known
                and isinstance(chosen, list)
                and all(isinstance(v, str) and v in self.values for v in chosen)
            )
        subject = entities.get("subject")
        return set(entities) == {"subject"} and isinstance(subject, str) and subject in self.subjects


def admit(turn: Any, buttons: Buttons) -> Admitted | Refusal:
    """Let a turn in or refuse it.

    Args:
        turn: a string (typed) or `{"payload": "/…", "title": "…"}` (pressed); anything else is
            refused as unreadable.
    """
    if isinstance(turn, dict):
        payload = turn.get("payload")
        if not isinstance(payload, str) or len(payload) > MAX_CHARACTERS or not buttons.may_send(payload):
            return Refusal.UNKNOWN_BUTTON
        return Admitted(payload)
    if not isinstance(turn, str):
        return Refusal.UNREADABLE
    if len(turn) > MAX_CHARACTERS:
        return Refusal.TOO_LONG
    if _is_binary(turn):
        return Refusal.UNREADABLE
    turn = LINE_ENDS.sub(". ", turn.strip())  # a line is a sentence, also where no full stop ends it
    text = "".join(" " if unicodedata.category(c).startswith("C") and c != "\u200d" else c for c in turn)
    text = text.strip().lstrip("/").strip()  # a typed slash would be taken for a button's payload
    return Admitted(text) if text else Refusal.EMPTY


def _is_binary(text: str) -> bool:
    strange = sum(
        c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") and c not in "\t\n\r")
        for c in text
    )
    return "\x00" in text or strange > MAX_UNPRINTABLE * max(len(text), 1)
