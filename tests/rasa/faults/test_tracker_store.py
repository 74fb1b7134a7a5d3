"""A tracker store that is locked or can not be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from charley.rasa.assistant import Assistant

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.agent import Agent

from tests.rasa.faults.world import (
    CANARY,
    EMERGENCY,
    OPENINGS,
    QUESTION,
    Overheard,
    ask,
    load_agent,
    names_an_emergency_number,
    text,
)


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "conversations.db"


@pytest.fixture(scope="module")
def keeping_agent(model: Path, assistant: Assistant, action_port: int, conversations: Path) -> Agent:
    """An agent that keeps its conversations in SQLite, as the servers' does."""
    from charley.rasa.tracker_store import LiveTrackerStore

    return load_agent(
        model, action_port, tracker_store=LiveTrackerStore(db=str(conversations), query={"timeout": "0.5"})
    )


@pytest.fixture(scope="module")
def keeping(keeping_agent: Agent) -> Assistant:
    return Assistant(keeping_agent)


@pytest.fixture
def locked(keeping: Assistant, conversations: Path) -> Iterator[None]:
    """Another connection holds the file for itself."""
    with closing(sqlite3.connect(conversations, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.usefixtures("locked")
async def test_with_its_store_locked_an_emergency_gets_its_care_reply_in_time(keeping: Assistant) -> None:
    replies = await ask(keeping, EMERGENCY)
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


@pytest.mark.usefixtures("locked")
async def test_with_its_store_locked_a_question_gets_an_emergency_number_in_time(keeping: Assistant) -> None:
    assert names_an_emergency_number(await ask(keeping, QUESTION))


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])  # nothing can be read, or only not written
async def test_a_locked_store_lets_out_nothing_of_what_was_said(
    lock: str, keeping: Assistant, conversations: Path, overheard: Overheard
) -> None:
    sender = uuid4().hex
    await ask(keeping, "hello", sender)
    with closing(sqlite3.connect(conversations, isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")
        own = await keeping.reply(sender, QUESTION)
        other.execute("ROLLBACK")
    others = await keeping.reply(uuid4().hex, "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()


async def test_a_store_that_can_not_be_written_logs_no_row(
    keeping: Assistant, conversations: Path, overheard: Overheard
) -> None:
    with closing(sqlite3.connect(conversations, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await keeping.reply(uuid4().hex, QUESTION)
        other.execute("ROLLBACK")
    assert "[parameters:" not in overheard.all_of_it()


async def test_once_the_store_is_free_again_people_are_answered(
    keeping: Assistant, conversations: Path
) -> None:
    sender = uuid4().hex
    with closing(sqlite3.connect(conversations, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await keeping.reply(sender, "hello")
        other.execute("ROLLBACK")
    (reply,) = await ask(keeping, "hello", sender)
    assert reply["text"].startswith("Hi, I am Charley")
