"""A worker that is asked to stop: it finishes what it has taken, and what is new goes to the others."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import aio_pika
import aiohttp
import pytest
import pytest_asyncio
import redis
from playwright.sync_api import Page, expect

from charley.rasa.services.events import QUEUE
from tests.conftest import Site
from tests.deploy.world import Cluster, Person, Server, told, until
from tests.rasa.platforms.fake import Fake
from tests.rasa.widget.conftest import SOCKETS, Client
from tests.widget.conftest import Chat

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers

QUESTION = "which foods have magnesium?"  # needs an action server
ANSWER, FOOD = "magnesium", "spinach"
SECONDS = 25  # in which a worker ends
AT_ONCE = 400  # milliseconds; who is cut off without a word waits 500 to 1,500
TOKEN = "a-token-of-the-tests"
TIMES = """
window.times = [];
const note = (what) => window.times.push([what, performance.now()]);
const open = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (...given) { note("connect"); return open.apply(this, given); };
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); this.addEventListener("close", () => note("close")); }
};
"""  # when sockets end in the page, and polls, with which the next one begins, start
POLL = f"{SOCKETS}/?EIO=4&transport=polling"


@pytest.fixture
def worker(several: Cluster, platforms: Fake) -> Iterator[Server]:
    """One more worker of the cluster, which nginx does not know of, open to other programs too."""
    spare = several.spare
    more = {"CALLBACK_URL": f"http://127.0.0.1:{platforms.port}/callback", "CALLBACK_TOKEN": TOKEN}
    server = Server(
        spare.home, spare.command(), spare.port, "/webhooks/rest/", {**spare.environment(), **more}
    )
    server.start()
    yield server
    server.kill()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def at(worker: Server) -> str:
    return f"http://127.0.0.1:{worker.port}"


async def until_under_way(several: Cluster, count: int) -> None:
    """Until so many messages are worked on: each is claimed in Redis meanwhile."""
    claims = redis.Redis(port=several.redis.port)
    await until(lambda: len(claims.keys("charley* *")) == count)


async def until_stopping(worker: Server, http: aiohttp.ClientSession) -> None:
    """Until it sends new sockets elsewhere."""
    while True:
        async with http.get(at(worker) + POLL) as response:
            if response.status == 503:
                return


async def published(several: Cluster) -> list[str]:
    """The intents of the messages of which RabbitMQ has been told."""
    intents = []
    async with await aio_pika.connect(several.rabbit.url_at(several.rabbit.port)) as connection:
        queue = await (await connection.channel()).declare_queue(QUEUE, durable=True)
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            event = json.loads(message.body)
            if event["event"] == "user":
                intents.append(event["intent"])
    return intents


async def test_what_was_taken_is_answered_stored_and_published_on_every_channel(
    several: Cluster, worker: Server, person: Person, platforms: Fake, http: aiohttp.ClientSession
) -> None:
    by_rest, by_widget, to_callback = uuid4().hex, uuid4().hex, f"{QUESTION} {uuid4().hex}"
    client = await Client().open(Site(at(worker), Path()), {})
    platforms.reset()
    await published(several)  # what others have left
    with several.fault("actions", "hang"):
        rest = asyncio.create_task(person.say(QUESTION, by_rest, at=at(worker)))
        widget = asyncio.create_task(client.say(QUESTION, by_widget))
        delivered = await http.post(
            f"{at(worker)}/webhooks/callback/webhook",
            json={"sender": "someone", "message": to_callback},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert delivered.status == 200  # acknowledged: it would not be delivered again
        await until_under_way(several, 3)
        worker.terminate()
        await until_stopping(worker, http)

    assert ANSWER in told(await rest).lower()
    assert ANSWER in told(await widget).lower()
    (call,) = await asyncio.to_thread(platforms.sent, lambda calls: len(calls) == 1, "callback")
    assert ANSWER in call.body["text"].lower()
    assert await asyncio.to_thread(worker.ended, SECONDS) == 0
    assert client.log[-1] == "disconnect"  # by the server: the widget connects again at once
    await client.close()
    assert several.taken(by_rest) == several.taken(by_widget) == several.messages(to_callback) == 1
    assert await published(several) == ["ask_food_sources"] * 3
    assert not re.search(r"[1-9]\d* events (are|were) lost", worker.log())
    assert "not done" not in worker.log()


async def test_what_hangs_does_not_keep_a_worker_from_stopping_and_is_owned_up_to(
    several: Cluster, worker: Server, person: Person, http: aiohttp.ClientSession
) -> None:
    with several.fault("actions", "hang"):
        asking = asyncio.create_task(person.say(QUESTION, at=at(worker)))
        await until_under_way(several, 1)
        worker.terminate()
        assert told(await asking).startswith("Sorry, something went wrong")
        assert await asyncio.to_thread(worker.ended, SECONDS) == 0


async def test_while_one_stops_everything_new_goes_to_the_other(
    several: Cluster, person: Person, http: aiohttp.ClientSession
) -> None:
    leaving = several.workers[0]
    direct, through_proxy = Site(at(leaving), Path()), Site(several.url, Path())
    waiting, idle = await Client().open(direct, {}), await Client().open(direct, {})

    async def newcomer() -> None:
        client = await Client().open(through_proxy, {})
        assert await client.say("hello")
        await client.close()

    async def who_had_said_nothing_yet() -> None:
        await idle.emit("say", {"id": "m1", "text": "hello"})
        await idle.wait_for(lambda: "disconnect" in idle.log)
        moved = await Client().open(through_proxy, {"token": idle.token})
        assert await moved.say("hello", "m1")
        await moved.close()

    try:
        with several.fault("actions", "hang"):
            asking = asyncio.create_task(waiting.say(QUESTION))
            await until_under_way(several, 1)
            leaving.terminate()
            await until_stopping(leaving, http)
            new = (newcomer() for _ in range(4)), (person.say("hello") for _ in range(4))
            await asyncio.gather(who_had_said_nothing_yet(), *new[0], *new[1])
            assert not asking.done()  # so it was not over
        assert ANSWER in told(await asking).lower()
        assert await asyncio.to_thread(leaving.ended, SECONDS) == 0
        assert await person.say("hello")
    finally:
        await waiting.close()
        await idle.close()
        leaving.kill()
        leaving.start()


def test_the_widget_in_a_browser_is_with_the_other_server_at_once(several: Cluster, page: Page) -> None:
    page.add_init_script(TIMES)
    chat = Chat(page, several.url).open()
    chat.say("hello")
    leaving, before = server_of_last_poll(several), page.evaluate("performance.now()")
    leaving.terminate()
    try:
        assert leaving.ended(SECONDS) == 0
        chat.say(QUESTION)
        expect(chat.log).to_contain_text(FOOD)
        expect(chat.log.locator(".person")).to_have_count(2)
        times = page.evaluate("window.times")
        closed = next(at for what, at in times if what == "close")
        again = next(at for what, at in times if what == "connect" and at > before)
        assert again - closed < AT_ONCE
    finally:
        leaving.kill()
        leaving.start()


def server_of_last_poll(several: Cluster) -> Server:
    """The worker that took the newest of socket.io's polls, with which a widget begins."""
    log = (several.nginx.home / "log").read_text(encoding="utf-8")
    polls = [line for line in log.splitlines() if f"{SOCKETS}/ 200 " in line]
    port = polls[-1].split()[-1].rsplit(":", 1)[-1]
    return next(worker for worker in several.workers if str(worker.port) == port)
