"""Another model is put in service, and the one before again, while twenty people talk: nobody loses anything.

make endure; alone: pytest -m slow tests/deploy/test_switch.py -s
"""

from __future__ import annotations

import asyncio
import io
import random
import tarfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from charley.knowledge import SNAPSHOT
from charley.rasa.assistant import NOT_KEPT
from tests.conftest import Site
from tests.deploy.crowd import CARE, DANGERS, EVERY, QUESTIONS, SORRY, Crowd, pace, summary
from tests.deploy.world import BACK_SECONDS, Cluster, Person, told, until
from tests.rasa.widget.conftest import Client

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

BY_REST, BY_WIDGET = 10, 10  # people
PAUSE = 3.0  # seconds between two messages of one, at least
STOP_SECONDS = (
    120  # in which a server ends here, however busy the machine; tests/deploy/test_stop.py looks at how soon
)
STORED_SECONDS = 120  # in which all is stored at the end: what waits is counted, not how fast it comes in
QUESTION, FACT = "which foods have magnesium?", "Good foods for magnesium are"
FOLLOW_UP, FOLLOWED = "and potassium?", "potassium"
NEW_FACT = "Foods rich in magnesium are"
REMEMBERED = "First: from what you told me before"


def another(model: Path, path: Path) -> Path:
    """The same model, but for the words of one fact."""
    with tarfile.open(model) as old, tarfile.open(path, "w:gz", compresslevel=1) as new:
        for member in old:
            content = old.extractfile(member)
            data = content.read() if content else b""
            if Path(member.name).name == SNAPSHOT:
                assert data.count(FACT.encode()) == 1
                data = data.replace(FACT.encode(), NEW_FACT.encode())
                member.size = len(data)
            new.addfile(member, io.BytesIO(data) if content else None)
    return path


class Tab(Client):
    """The widget as it behaves: it connects again when it must, and says again what has had no answer."""

    def __init__(self, site: Site, number: int, pause: float) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.away: list[float] = []  # seconds until it was connected again
        self._site, self._chance, self._pause = site, random.Random(number), pause

    async def _read(self) -> None:
        await super()._read()
        self.log.append("disconnect")
        async with self._news:
            self._news.notify_all()

    async def talk(self, over: Callable[[], bool]) -> None:
        await self.open(self._site, {})
        while not over():
            is_danger = len(self.said) % EVERY == 1
            id_, text = uuid4().hex, self._chance.choice(DANGERS if is_danger else QUESTIONS)
            self.said[id_] = text
            while id_ not in self.answers:
                await self._try(id_, text)
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * self._pause)
        await self.close()

    async def _try(self, id_: str, text: str) -> None:
        if "disconnect" in self.log:
            await self._come_back()
        try:
            await self.emit("say", {"id": id_, "text": text}, len(self.said))
        except ConnectionError:
            return
        with suppress(asyncio.TimeoutError):  # then it is said again
            await self.wait_for(lambda: self._answer(id_) is not None or "disconnect" in self.log)
        answer = self._answer(id_)
        if answer is not None:
            self.answers[id_] = answer

    def _answer(self, id_: str) -> list[dict[str, Any]] | None:
        return next((answer["replies"] for answer in self.got["answer"] if answer["id"] == id_), None)

    async def _come_back(self) -> None:
        token, began = self.token, time.monotonic()
        await self.close()
        while True:
            self.log.clear()
            self.got["session"].clear()
            try:
                await self.open(self._site, {"token": token})
            except (aiohttp.ClientError, asyncio.TimeoutError):
                await asyncio.sleep(0.5)
                continue
            break
        assert self.got["session"][0]["resumed"]
        self.away.append(time.monotonic() - began)


async def switch(several: Cluster, number: int, model: Path) -> None:
    """Replace one worker and one action server, at the same addresses: what compose does when it recreates them."""
    both = several.workers[number], several.actions[number]
    for each in both:
        each.terminate()
        began = time.monotonic()
        assert await asyncio.to_thread(each.ended, STOP_SECONDS) == 0
        print(f"ended after {time.monotonic() - began:.1f} s", flush=True)
        each.use(model)
        each.begin()
    for each in both:
        await asyncio.to_thread(each.wait)


async def goes_on(person: Person) -> str:
    """What somebody hears of the fact, who has told a danger before, and what was asked before is known still."""
    follow_up, question = await kept(person, FOLLOW_UP), await kept(person, QUESTION)
    assert follow_up.startswith(REMEMBERED)
    assert FOLLOWED in follow_up.lower()
    assert question.startswith(REMEMBERED)
    return question


async def kept(person: Person, text: str) -> str:
    """What is answered, once PostgreSQL and the action servers keep up: on a machine this busy they may seem to be
    away, which is told.
    """
    end = time.monotonic() + BACK_SECONDS
    while (answer := told(await person.say(text))).endswith(NOT_KEPT) or SORRY in answer:
        assert time.monotonic() < end, "it did not come back"
        await asyncio.sleep(0.5)
    return answer


async def test_a_model_is_switched_in_and_back_while_people_talk(
    several: Cluster, person: Person, model: Path, tmp_path: Path
) -> None:
    new = another(model, tmp_path / "another.tar.gz")
    site = Site(several.url, Path())
    switching = asyncio.Event()
    pause = await pace(several.url, BY_REST + BY_WIDGET, PAUSE)
    print(f"{BY_REST + BY_WIDGET} people, each says something every {pause:.0f} s", flush=True)
    tabs = [Tab(site, number, pause) for number in range(BY_WIDGET)]
    crowd = Crowd(several.url, BY_REST, pause)
    talking = asyncio.gather(
        crowd.talk_until(switching.is_set), *(tab.talk(switching.is_set) for tab in tabs)
    )
    try:
        await person.say(DANGERS[0])
        assert FACT in await kept(person, QUESTION)
        for to, fact in ((new, NEW_FACT), (model, FACT)):
            for number in range(len(several.workers)):
                print(f"worker {number + 1} and its action server get {to.name}", flush=True)
                await switch(several, number, to)
                await goes_on(person)
            assert fact in await goes_on(person)
    finally:  # or they would talk for ever
        switching.set()
    await talking

    away = sorted(seconds for tab in tabs for seconds in tab.away)
    print(summary(crowd))
    print(f"{sum(len(tab.said) for tab in tabs)} by widget, {len(away)} times connected again: {away}")
    said = {each.id for each in crowd.acknowledged} | {id_ for tab in tabs for id_ in tab.said}
    assert len(said) > BY_REST + BY_WIDGET

    def stored() -> Counter[str]:
        rows = several.stored("select data::json->>'message_id' from events where type_name = 'user'")
        return Counter(id_ for (id_,) in rows)

    await until(lambda: said <= set(stored()), STORED_SECONDS)
    assert not {id_: count for id_, count in stored().items() if count > 1}
    assert all(each.has_care for each in crowd.acknowledged if each.is_danger)
    for tab in tabs:
        for id_, text in tab.said.items():
            kinds = [reply["metadata"]["kind"] for reply in tab.answers[id_]]
            assert kinds, text
            assert text not in DANGERS or CARE in kinds
    print(f"all {len(said)} stored once, every danger answered with care", flush=True)
