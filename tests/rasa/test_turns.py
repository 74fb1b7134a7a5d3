"""The line of one sender: who is next, who may go ahead, and who hangs up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from charley.rasa.assistant import Assistant
from charley.rasa.channel import Place, Turns


async def test_places_are_left_in_the_order_in_which_they_were_taken() -> None:
    line: dict[str, Any] = {}
    places = [Place(line, "ann") for _ in range(3)]
    said: list[int] = []

    async def speak(number: int) -> None:
        async with places[number]:
            await asyncio.sleep(0)
            said.append(number)

    await asyncio.gather(*(speak(number) for number in (2, 0, 1)))
    assert said == [0, 1, 2]
    assert not line


async def test_who_goes_ahead_lets_nobody_behind_them_do_so() -> None:
    line: dict[str, Any] = {}
    slow, urgent, last = (Place(line, "ann") for _ in range(3))
    urgent.patience = 0
    said: list[str] = []
    async with slow:
        async with urgent:
            said.append("urgent")

        async def speak() -> None:
            async with last:
                said.append("last")

        speaking = asyncio.create_task(speak())
        await asyncio.sleep(0)
        said.append("slow")
    await speaking
    assert said == ["urgent", "slow", "last"]
    assert not line


async def test_who_hangs_up_while_they_wait_holds_up_nobody(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, sender, go = Turns(assistant), uuid4().hex, asyncio.Event()

    async def reply(sender: str, turn: str, *_: Any) -> list[dict[str, Any]]:
        if turn == "first":
            await go.wait()
        return [{"text": turn, "metadata": {}}]

    monkeypatch.setattr(assistant, "reply", reply)
    first, second, third = (
        asyncio.create_task(turns.reply(sender, turn, None, {})) for turn in ("first", "second", "third")
    )
    await asyncio.sleep(0)
    second.cancel()
    with suppress(asyncio.CancelledError):
        await second
    go.set()
    assert [(await each)[0]["text"] for each in (first, third)] == ["first", "third"]
    assert not turns.waiting
