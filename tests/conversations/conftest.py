"""Dialogues through the one real assistant of this test session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from charley.facts import FactTable
from charley.knowledge import read_model

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from charley.rasa.assistant import Assistant

Turns = list[dict[str, Any]]  # as `converse` gives them
Converse = Callable[[Sequence[Any]], Awaitable[Turns]]


@pytest.fixture(scope="session")
def table(model: Path) -> FactTable:
    """The facts that the trained model answers from."""
    return read_model(model).table


@pytest.fixture(scope="session")
def converse(assistant: Assistant) -> Converse:
    """Say turns (typed text, or `{"payload": ...}` pressed) in a conversation of their own.

    The same turns again are not said again: each test looks at them for a reason of its own.
    """
    from charley.rasa.converse import Dialogue
    from charley.rasa.converse import converse as run

    heard: dict[str, Turns] = {}

    async def say(turns: Sequence[Any]) -> Turns:
        if repr(turns) not in heard:
            said = await run(assistant, Dialogue(id="test", turns=list(turns)))
            heard[repr(turns)] = said["turns"]
        return heard[repr(turns)]

    return say
