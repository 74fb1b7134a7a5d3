"""Runs dialogues from a file through the real trained assistant and the real actions."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from pydantic import BaseModel, Extra, StrictStr, ValidationError
from rasa.core.agent import Agent
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from tqdm import tqdm

from charley.knowledge import MODEL_VARIABLE, knowledge_at_hand
from charley.rasa.assistant import Assistant
from charley.rasa.quiet import be_quiet


class Press(BaseModel):
    """A pressed button."""

    class Config:
        extra = Extra.forbid

    payload: StrictStr
    title: StrictStr = ""  # type: ignore[assignment]


class Dialogue(BaseModel):
    """One line of the input."""

    class Config:
        extra = Extra.ignore

    id: StrictStr
    turns: list[StrictStr | Press]


class LocalActions(EndpointConfig):
    """An action endpoint that runs the project's actions in this process."""

    def __init__(self) -> None:
        super().__init__(url="local")
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        """What the action server would answer."""
        return await self._executor.run(json)


def load_assistant(model: Path) -> Assistant:
    """The assistant of this model, with its actions in this process and its talks in memory."""
    os.environ[MODEL_VARIABLE] = str(model)
    knowledge_at_hand.cache_clear()
    be_quiet()
    endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
    return Assistant(
        Agent.load(model_path=str(model), generator=endpoints.nlg, action_endpoint=LocalActions()),
        seconds=None,
    )


async def converse(assistant: Assistant, dialogue: Dialogue) -> dict[str, Any]:
    """One dialogue as a fresh conversation; gives one line of the output."""
    sender = f"converse-{uuid4().hex}"
    turns = []
    for turn in dialogue.turns:
        given: str | dict[str, str] = turn.dict() if isinstance(turn, Press) else turn
        result = await assistant.turn(sender, given)
        turns.append(
            {
                "text": given["title"] or given["payload"] if isinstance(given, dict) else given,
                "intent": _intent(result.intent),
                "entities": [{"entity": e["entity"], "value": e["value"]} for e in result.entities],
                "care_level": result.care_level.value,
                "replies": [
                    {k: v for k, v in reply.items() if k != "recipient_id"} for reply in result.replies
                ],
            }
        )
    return {"id": dialogue.id, "turns": turns}


def run(lines: TextIO, output: TextIO, model: Path) -> list[str]:
    """Converse over a whole file; what is wrong with its lines is given back, a sentence each."""
    problems: list[str] = []
    dialogues = list(_read(lines, problems))
    assistant = load_assistant(model)

    async def all_of_them() -> None:
        for dialogue in tqdm(dialogues, unit="dialogue", desc="Conversing"):
            output.write(json.dumps(await converse(assistant, dialogue), ensure_ascii=False) + "\n")
            output.flush()

    asyncio.run(all_of_them())
    return problems


def _read(lines: TextIO, problems: list[str]) -> Iterator[Dialogue]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield Dialogue.parse_obj(json.loads(line))
        except ValidationError as error:
            first = error.errors()[0]
            problems.append(f"line {number}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        except ValueError as error:
            problems.append(f"line {number}: is not JSON: {error}")


def _intent(intent: dict[str, Any] | None) -> dict[str, Any] | None:
    if not intent or intent.get("name") is None:
        return None
    return {"name": intent["name"], "confidence": intent.get("confidence", 0.0)}
