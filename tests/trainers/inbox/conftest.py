"""Real talks: the trained assistant over a SQLite tracker store, as endpoints.yml has it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import ROOT

ENDPOINTS = """\
nlg:
  type: charley.rasa.responses.CharleyResponses
tracker_store:
  type: charley.rasa.tracker_store.LiveTrackerStore
  dialect: sqlite
  db: var/conversations.db
"""
Turns = Callable[..., str]


class Talks:
    """People who talk to Charley; what they say is kept in `file`."""

    def __init__(self, model: Path, file: Path) -> None:
        from rasa.core.agent import Agent
        from rasa.core.utils import AvailableEndpoints

        from charley.rasa.assistant import Assistant
        from charley.rasa.converse import LocalActions
        from charley.rasa.tracker_store import LiveTrackerStore

        endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
        self.file, self.store = file, LiveTrackerStore(dialect="sqlite", db=str(file))
        agent = Agent.load(
            str(model), generator=endpoints.nlg, action_endpoint=LocalActions(), tracker_store=self.store
        )
        self.assistant = Assistant(agent, seconds=None)

    def say(self, *turns: str, thumb: str | None = None) -> str:
        """Say some turns as a person of one's own, and rate the last answer as the widget does; gives the sender."""
        return asyncio.run(self._say(turns, thumb))

    async def _say(self, turns: Sequence[str], thumb: str | None) -> str:
        sender = uuid4().hex
        for number, turn in enumerate(turns):
            await self.assistant.reply(sender, turn, f"m{number}")
        if thumb:
            rated = {"id": f"m{len(turns) - 1}", "index": 0, "value": thumb}
            await self.assistant.note(sender, "feedback", rated)
        return sender

    def forget_all(self) -> None:
        """Begin with an empty store."""

        async def erase() -> None:
            for sender in list(await self.store.keys()):
                await self.assistant.erase(sender)

        asyncio.run(erase())

    def inbox(self, root: Path, **options: Any) -> list[Any]:
        """The inbox of what was said, for the project in this folder."""
        from charley.trainers.inbox import open_inbox

        return asyncio.run(open_inbox(self.assistant, self.store, root, **options))


@pytest.fixture(scope="session")
def _talks(assistant: Any, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Talks:
    return Talks(model, tmp_path_factory.mktemp("talks") / "conversations.db")


@pytest.fixture
def talks(_talks: Talks) -> Talks:
    """People who talk to Charley, none of whom has yet."""
    _talks.forget_all()
    return _talks


@pytest.fixture
def trainer(project: Path) -> Path:
    """A trainer's folder: a copy of what is trained from, and of the tests, as the current folder."""
    for name in ("held_out", "development", "conversations"):
        shutil.copytree(ROOT / "tests" / name, project / "tests" / name)
    (project / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    return project
