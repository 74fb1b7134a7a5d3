"""The widget over two workers: a person's tabs, on whichever worker each is, are one chat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from tests.conftest import Site
from tests.deploy.world import Cluster, until
from tests.rasa.widget.conftest import SOCKETS, Client

Open = Callable[..., Awaitable[Client]]
pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers


@pytest_asyncio.fixture
async def tab(several: Cluster) -> AsyncIterator[Open]:
    """Opens sockets at one worker, or through nginx; closes them at the end."""
    opened: list[Client] = []

    async def open_(worker: int | None = None, token: str | None = None) -> Client:
        url = several.url if worker is None else f"http://127.0.0.1:{several.workers[worker].port}"
        opened.append(await Client().open(Site(url, Path()), {"token": token}))
        return opened[-1]

    yield open_
    for each in opened:
        await each.close()


async def test_a_tab_on_the_other_worker_goes_on_with_the_chat(tab: Open) -> None:
    first = await tab(0)
    await first.say("hello", "m1")
    second = await tab(1, first.token)
    (session,) = second.got["session"]
    assert session["resumed"]
    assert [entry["id"] for entry in session["history"]] == ["m1", "m1"]


async def test_both_tabs_hear_what_is_said_and_answered(tab: Open) -> None:
    first = await tab(0)
    second = await tab(1, first.token)
    text, id_ = f"hello {uuid4().hex}", uuid4().hex
    replies = await first.say(text, id_)
    assert await second.replies_to(id_) == replies
    assert second.got["said"] == [{"id": id_, "text": text}]
    assert len([answer for answer in first.got["answer"] if answer["id"] == id_]) == 1


@pytest.mark.parametrize("mode", ["drop", "hang"])
async def test_what_is_said_while_redis_is_away_reaches_the_other_tab_after_it(
    mode: str, several: Cluster, tab: Open
) -> None:
    first = await tab(0)
    second = await tab(1, first.token)
    id_ = uuid4().hex
    with several.fault("redis", mode):
        replies = await first.say("hello", id_)
    assert await second.replies_to(id_) == replies
    assert len([answer for answer in second.got["answer"] if answer["id"] == id_]) == 1


async def test_nobody_else_hears_it(tab: Open) -> None:
    first, stranger = await tab(0), await tab(1)
    await first.say("hello")
    await stranger.say("hello")
    assert len(stranger.got["answer"]) == 1
    assert not stranger.got["said"]


async def test_a_message_sent_again_to_the_other_worker_is_taken_once(several: Cluster, tab: Open) -> None:
    first = await tab(0)
    text, id_ = f"hello {uuid4().hex}", uuid4().hex
    replies = await first.say(text, id_)
    second = await tab(1, first.token)
    assert await second.say(text, id_) == replies
    assert several.messages(text) == 1


async def test_forgetting_moves_the_tab_on_the_other_worker_on(several: Cluster, tab: Open) -> None:
    first = await tab(0)
    second = await tab(1, first.token)
    text = f"hello {uuid4().hex}"
    await first.say(text)
    gone = await first.ask("forget", {})
    assert gone["ok"]
    await second.wait_for(lambda: second.got["forgotten"])
    token = second.got["forgotten"][0]["token"]
    assert token.split(".")[0] == gone["token"].split(".")[0]
    assert several.messages(text) == 0
    await second.say("hello", "after")
    third = await tab(0, token)
    assert {entry["id"] for entry in third.got["session"][0]["history"]} == {"after"}


async def test_through_the_proxy_websockets_reach_both_workers_and_need_no_sticking(
    several: Cluster, tab: Open
) -> None:
    tabs = [await tab() for _ in range(4)]
    for each in tabs:
        assert await each.say("hello")
        await each.close()
    both = {str(worker.port) for worker in several.workers}
    await until(lambda: _asked(several, status=101) == both)


async def test_polling_through_the_proxy_stays_with_one_worker(several: Cluster) -> None:
    async with ClientSession() as http:
        for _ in range(3):
            where = f"{several.url}{SOCKETS}/?EIO=4&transport=polling"
            async with http.get(where) as response:
                assert response.status == web.HTTPOk.status_code
                sid = (await response.text()).split('"sid":"')[1].split('"')[0]
            async with http.post(f"{where}&sid={sid}", data="40") as response:
                assert response.status == web.HTTPOk.status_code
            async with http.get(f"{where}&sid={sid}") as response:
                assert response.status == web.HTTPOk.status_code
    assert len(_asked(several, status=200)) == 1


def _asked(several: Cluster, status: int) -> set[str]:
    """The ports of the workers whose answers of this kind nginx passed on to sockets."""
    log = (several.nginx.home / "log").read_text(encoding="utf-8")
    lines = (line.split() for line in log.splitlines() if f"{SOCKETS}/ {status} " in line)
    return {fields[-1].rsplit(":", 1)[-1] for fields in lines}
