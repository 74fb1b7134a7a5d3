"""A sentence as the assistant takes it: intent, subjects, care, facts and the reply."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charley.care.levels import CareLevel
from charley.reading.reader import Reader
from charley.reading.spelling import Speller

if TYPE_CHECKING:
    from charley.rasa.assistant import Assistant

SPELLING = "spelling.json"  # what charley.rasa.reader.MessageReader keeps with the model


@dataclass(frozen=True)
class Tried:
    """What one turn came to.

    Attributes:
        said: what was typed, or the title of what was pressed.
        mended: the words as they were read, spelling corrected; None of what was pressed or refused.
        parsed: Rasa's `parse_data`: `intent`, `intent_ranking`, `entities`, `care`, `questions`; empty if refused.
        care_level: in force for the conversation.
        replies: in the form of the reply contract.
    """

    said: str
    mended: str | None
    parsed: Mapping[str, Any]
    care_level: CareLevel
    replies: Sequence[Mapping[str, Any]]

    @property
    def fact_ids(self) -> list[str]:
        return list(dict.fromkeys(id_ for r in self.replies for id_ in r["metadata"].get("fact_ids") or ()))


async def take(
    assistant: Assistant, reader: Reader, conversation: str, turn: str | Mapping[str, str]
) -> Tried:
    """Say something in a conversation of the trainer's own.

    Args:
        turn: a text, or a button as `{"payload", "title"}`.
    """
    result = await assistant.turn(conversation, turn)
    if isinstance(turn, str):
        said, mended = turn, reader.read(turn).text if result.intent else None
    else:
        said, mended = turn.get("title") or turn["payload"], None
    parsed: Mapping[str, Any] = {}
    if result.intent is not None:
        events = await assistant.events(conversation)
        parsed = next(e.parse_data for e in reversed(events) if e.type_name == "user")
    return Tried(said, mended, parsed, result.care_level, result.replies)


def reader_of(model: Path) -> Reader:
    """The reader that the model was trained with.

    Raises:
        KeyError: if it holds none.
    """
    with tarfile.open(model) as tar:
        for member in tar:
            if Path(member.name).name == SPELLING and (content := tar.extractfile(member)):
                return Reader(Speller(**json.loads(content.read())))
    raise KeyError(f"{model} holds no {SPELLING}")
