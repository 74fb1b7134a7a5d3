"""What a message means through what was said right before it: a choice, a second failure in a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from charley.answers.reply import Button, Kind
from charley.care.course import metadata_of

CHOICE_LENGTH = 40  # characters; who writes more does not only choose
PLACES = {
    **dict.fromkeys(("first", "1st", "former"), 0),
    **dict.fromkeys(("second", "2nd"), 1),
    **dict.fromkeys(("third", "3rd"), 2),
    **dict.fromkeys(("last", "latter"), -1),
}
NUMBERS = {
    **dict.fromkeys(("1", "one"), 0),
    **dict.fromkeys(("2", "two"), 1),
    **dict.fromkeys(("3", "three"), 2),
}
WHICH = "|".join(PLACES)
# "the second one", at the end of a clause or before its verb: not "the second time", nor "last night".
PLACE = re.compile(
    rf"\bthe (?P<which>{WHICH})(?: one| option| thing)?(?=\s*(?:[?.!,]|$)|\s+(?:should|do|does|can|could|would|is)\b)",
    re.IGNORECASE,
)
CHOICE = re.compile(
    rf"(?:(?:ok|yes|i'?d like|the|option|number|no\.?|nr\.?|choice)\s+)*(?P<which>{WHICH}|{'|'.join(NUMBERS)})"
    r"(?:\s+(?:one|option|thing|please|pls|thanks))*\s*[.!?)]*",
    re.IGNORECASE,
)
TELL_OF = "inform_subject"
FAILED = frozenset({Kind.FALLBACK.value, Kind.CLARIFY.value})


def place(text: str) -> int | None:
    """Which of several things a message speaks of ("which foods have the second one?"), as an index."""
    found = PLACE.search(text)
    return PLACES[found["which"].lower()] if found else None


def chosen(text: str, buttons: Sequence[Button], compared: Sequence[str] = ()) -> str | None:
    """The payload that a typed message stands for ("the second one"); None if it picks nothing.

    Args:
        buttons: on offer, to be picked by title, or by place where there are several.
        compared: ids of the subjects that the last answer set side by side; a place is one of theirs.
    """
    said = text.strip().rstrip(".!?").casefold()
    for button in buttons:
        if said == button.title.rstrip(".!?").casefold():
            return button.payload
    found = CHOICE.fullmatch(text.strip())
    if found is None:
        return None
    index = {**PLACES, **NUMBERS}[found["which"].lower()]
    subjects = [f"/{TELL_OF}{json.dumps({'subject': subject})}" for subject in compared]
    payloads = subjects if len(subjects) > 1 else [button.payload for button in buttons]
    return payloads[index] if 1 < len(payloads) > index else None


def offered(events: Sequence[dict[str, Any]]) -> list[Button]:
    """The buttons under the last message said, in Rasa's event form; none where it is a question of the check-up."""
    for event in reversed(events):
        if event["event"] == "bot":
            if "choices" in metadata_of(event):
                return []
            return [Button(b["title"], b["payload"]) for b in (event.get("data") or {}).get("buttons") or []]
    return []


def answered(events: Sequence[dict[str, Any]]) -> bool:
    """Whether the last message said is an answer."""
    said = [metadata_of(event) for event in events if event["event"] == "bot"]
    return bool(said) and said[-1].get("kind") == Kind.ANSWER.value


def told_before(events: Sequence[dict[str, Any]]) -> list[str]:
    """The values of the entities of the message before the latest, if no answer was given to it but only care.

    Args:
        events: as for `failed_before`.
    """
    backwards = iter(reversed(events))
    for _ in takewhile(lambda event: event["event"] != "user", backwards):
        pass
    for event in backwards:
        if event["event"] == "user":
            entities = (event.get("parse_data") or {}).get("entities") or []
            return list(dict.fromkeys(entity["value"] for entity in entities))
        if event["event"] == "bot" and metadata_of(event).get("kind") == Kind.ANSWER.value:
            break
    return []


def failed_before(events: Iterable[dict[str, Any]]) -> bool:
    """Whether the turn before the one under way ended in no answer.

    Args:
        events: of the conversation, in Rasa's form; the latest message of the person is the last "user".
    """
    backwards = iter(reversed(list(events)))
    for _ in takewhile(lambda event: event["event"] != "user", backwards):
        pass
    said = [e for e in takewhile(lambda e: e["event"] != "user", backwards) if e["event"] == "bot"]
    kinds = {metadata_of(event).get("kind") for event in said}
    return bool(kinds & FAILED) and Kind.ANSWER.value not in kinds
