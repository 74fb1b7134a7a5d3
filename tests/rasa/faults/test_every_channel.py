"""Whatever breaks or hangs beneath it, an emergency gets its care reply within five seconds, on every channel."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from charley.rasa.assistant import ANSWER_SECONDS, Assistant
from tests.conftest import Site
from tests.rasa.faults.world import (
    CANARY,
    COMPONENTS,
    EMERGENCY,
    OPENINGS,
    QUESTION,
    UNAVAILABLE,
    Overheard,
    action_server,
    fails_aloud,
    node,
)
from tests.rasa.inside import served
from tests.rasa.platforms.dialects import DIALECTS
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.test_matrix import Person
from tests.rasa.test_rest import say
from tests.rasa.widget.conftest import Client

Say = Callable[[str, str], Awaitable[list[str]]]  # a text, and how what is waited for begins
FIRST_SECONDS = 0.5  # in which the first messages are on their way to the action server


@pytest.fixture
async def site(faulty: Assistant, platforms: Fake, tmp_path: Path) -> AsyncIterator[Site]:
    """All channels, before an assistant whose action server is dead unless the test starts one."""
    await faulty.close()  # the connection of the test before, whose action server is gone
    platforms.reset()
    environment: dict[str, str] = {}
    for dialect in DIALECTS:
        environment |= dialect.environment(platforms)
    async with served(faulty, tmp_path, environment) as site:
        yield site


@pytest.fixture
async def people(site: Site, platforms: Fake) -> AsyncIterator[dict[str, Say]]:
    """A person on each channel: says something, and gives what comes up to what is waited for."""
    client = await Client().open(site)
    yield {
        "rest": partial(_by_rest, site, uuid4().hex),
        "widget": partial(_in_the_widget, client),
        **{dialect.name: partial(_on, Person(dialect(), site, platforms)) for dialect in DIALECTS},
    }
    await client.close()


async def _by_rest(site: Site, sender: str, text: str, _: str) -> list[str]:
    return [reply["text"] for reply in await say(site, text, sender, message_id=uuid4().hex)]


async def _in_the_widget(client: Client, text: str, _: str) -> list[str]:
    return [reply["text"] for reply in await client.say(text)]


async def _on(person: Person, text: str, opening: str) -> list[str]:
    return person.texts(await person.say(text, wanted=re.escape(opening)))


async def late(people: dict[str, Say], text: str, opening: str = OPENINGS[EMERGENCY]) -> dict[str, str]:
    """Who gets no care reply to this within five seconds, and what they get."""

    async def tell(channel: str) -> str | None:
        began = time.monotonic()
        try:
            texts = await people[channel](text, opening)
        except Exception as error:
            return repr(error)
        seconds = time.monotonic() - began
        right = any(text.startswith(opening) for text in texts)
        return None if right and seconds < ANSWER_SECONDS else f"after {seconds:.1f} s: {texts}"

    wrong = zip(people, await asyncio.gather(*map(tell, people)), strict=True)
    return {channel: what for channel, what in wrong if what is not None}


async def hangs(*_: Any, **__: Any) -> None:
    await asyncio.Event().wait()


def raises(*_: Any, **__: Any) -> Any:
    raise RuntimeError(f"can not go on, says {CANARY}")


class Broken:
    """Stands for a part of which all that is asked raises."""

    def __getattr__(self, name: str) -> Any:
        return raises


Patch = pytest.MonkeyPatch


def no_policy(faulty: Assistant, patch: Patch) -> None:
    nodes = faulty._agent.processor.graph_runner._instantiated_nodes.values()  # type: ignore[union-attr]
    (policy,) = (n for n in nodes if n._component_class.__name__ == "CarePolicy" and "predict" in n._fn_name)
    patch.setattr(policy, "_fn", raises)


def no_tracker_store(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty._agent, "tracker_store", Broken())
    patch.setattr(faulty._agent.processor, "tracker_store", Broken())


def no_lock_store(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty._agent, "lock_store", Broken())


def no_agent(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty._agent, "handle_message", raises)


def an_agent_that_hangs(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty._agent, "handle_message", hangs)


def no_generator(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty._agent.nlg, "generate", raises)


def no_guard_of_the_channel_s_own(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty._rescue._guard, "read", raises)


def no_renderer(faulty: Assistant, patch: Patch) -> None:
    patch.setattr("charley.rasa.platforms.answering.render", raises)
    patch.setattr("charley.rasa.platforms.messenger.render", raises)


def no_memory_of_what_was_taken(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty, "has_taken", raises)


def no_turns(faulty: Assistant, patch: Patch) -> None:
    patch.setattr(faulty, "_take", hangs)


def no_component(name: str) -> Callable[[Assistant, Patch], None]:
    def breaks(faulty: Assistant, patch: Patch) -> None:
        patch.setattr(node(faulty._agent, name), "_fn", fails_aloud)

    breaks.__name__ = f"no_{name}"
    return breaks


FAULTS = [
    no_policy,
    no_tracker_store,
    no_lock_store,
    no_agent,
    an_agent_that_hangs,
    no_generator,
    no_guard_of_the_channel_s_own,
    no_renderer,
    no_memory_of_what_was_taken,
    no_turns,
    *map(no_component, COMPONENTS),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_whatever_fails_an_emergency_gets_its_care_reply_in_time(
    fault: Callable[[Assistant, Patch], None],
    people: dict[str, Say],
    faulty: Assistant,
    overheard: Overheard,
    monkeypatch: Patch,
) -> None:
    with monkeypatch.context() as patch:
        fault(faulty, patch)
        assert await late(people, EMERGENCY) == {}
    assert CANARY not in overheard.all_of_it().lower()


async def test_a_care_reply_whose_buttons_can_not_be_made_is_said_without(
    people: dict[str, Say], monkeypatch: Patch
) -> None:
    monkeypatch.setattr("charley.rasa.platforms.answering.Answerer.token", raises)
    assert await late(people, "one calf is swollen, red and warm", "Please get medical care today") == {}


async def after_half_a_minute(request: web.Request) -> web.Response:
    try:
        await asyncio.wait_for(request.app["closing"].wait(), 30)
    except asyncio.TimeoutError:
        return web.json_response({"events": [], "responses": []})
    raise ConnectionResetError


async def never(request: web.Request) -> web.Response:
    await request.app["closing"].wait()
    raise ConnectionResetError


ACTIONS = {"dead": None, "never answers": never, "answers after 30 s": after_half_a_minute}


@pytest.mark.parametrize("message", [EMERGENCY, f"{EMERGENCY}. {QUESTION}"], ids=["alone", "with a question"])
@pytest.mark.parametrize("actions", ACTIONS)
async def test_without_actions_or_with_slow_ones_an_emergency_gets_its_care_reply_in_time(
    actions: str, message: str, people: dict[str, Say], action_port: int
) -> None:
    async with action_server(action_port, ACTIONS[actions]):
        assert await late(people, message) == {}


async def test_an_emergency_does_not_wait_for_the_question_before_it(
    people: dict[str, Say], action_port: int
) -> None:
    async with action_server(action_port, never):
        questions = [asyncio.create_task(ask(QUESTION, UNAVAILABLE)) for ask in people.values()]
        await asyncio.sleep(FIRST_SECONDS)
        assert await late(people, EMERGENCY) == {}
        for each in questions:
            each.cancel()
