"""Ten thousand frames from people who mean no good."""

from __future__ import annotations

import asyncio
import json
import random
import string
from collections.abc import Iterator

import aiohttp

from tests.conftest import Site
from tests.rasa.widget.conftest import SOCKETS, Client, address

FRAMES = 10_000
SOCKETS_AT_ONCE = 20
BYTES = 40_000  # more than a frame may hold


def hostile(chance: random.Random) -> Iterator[str | bytes]:
    """Fuzzed JSON, wrong types, frames too long, bad tokens, packets that were never asked for."""
    values: list[object] = [
        None,
        True,
        7,
        -1e300,
        "x",
        "\ud83d",
        [],
        {},
        [[]],
        {"id": {}},
        {"id": "a", "text": []},
    ]
    while True:
        value = chance.choice(values)
        event = chance.choice(["say", "thumb", "forget", "connect", "disconnect", "session", "x", ""])
        noise = "".join(chance.choices(string.printable, k=chance.randrange(60)))
        yield chance.choice(
            [
                "4" + noise,
                noise,
                "42" + json.dumps([event, value]),
                "42" + json.dumps([event, value, value, value]),
                "42" + json.dumps([event]),
                "42" + json.dumps(value),
                f"42{chance.randrange(99)}" + json.dumps([event, {"id": noise or "a", "text": value}]),
                "42" + json.dumps(["say", {"id": "a", "payload": value, "title": value}]),
                "40" + json.dumps({"token": noise}),
                "40" + json.dumps(value),
                "40/" + noise + ",{}",
                "42/admin," + json.dumps([event, value]),
                "41",
                "43" + json.dumps([value]),
                "44{}",
                '451-["say",{"_placeholder":true,"num":0}]',
                '459999999999-["x"]',
                "42" + "[" * chance.randrange(5000),
                "2probe",
                "6",
                "1",
                chance.randbytes(40),
                "4" + "2" * chance.randrange(1, 200),
            ]
        )


async def attack(site: Site, frames: int, seed: int) -> int:
    """Send so many frames, opening a new socket whenever the server has hung up; how many were sent."""
    chance, sent = random.Random(seed), 0
    source = hostile(chance)
    async with aiohttp.ClientSession() as session:
        while sent < frames:
            async with session.ws_connect(address(site), max_msg_size=0) as socket:
                await socket.receive()
                if chance.random() < 0.8:
                    await socket.send_str("40" + json.dumps({"token": "a.b.c"}))
                try:
                    for _ in range(min(25, frames - sent)):
                        frame = "x" * BYTES if chance.random() < 0.005 else next(source)
                        send = socket.send_bytes if isinstance(frame, bytes) else socket.send_str
                        await send(
                            frame if isinstance(frame, bytes) else frame.encode("utf-8", "replace").decode()
                        )  # type: ignore[arg-type]
                        sent += 1
                except (ConnectionError, aiohttp.ClientError):
                    continue  # hung up on, and rightly so
    return sent


async def post_garbage(site: Site, times: int) -> None:
    """The same by the way for browsers whose websockets are blocked."""
    chance = random.Random(7)
    source = hostile(chance)
    address = f"{site.url}{SOCKETS}/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as browser:
        for _ in range(times):
            async with browser.get(address) as reply:
                sid = json.loads((await reply.text())[1:])["sid"]
            for body in (next(source), b"x" * BYTES, "4" + "[" * 10_000):
                data = body.encode("utf-8", "replace") if isinstance(body, str) else body
                async with browser.post(f"{address}&sid={sid}", data=data) as reply:
                    assert reply.status in (200, 400, 413)


async def test_ten_thousand_hostile_frames_leave_no_trace(site: Site) -> None:
    log = site.home / "var" / "rasa.log"
    before = len(log.read_text(errors="replace"))
    each = FRAMES // SOCKETS_AT_ONCE
    sent = await asyncio.gather(*(attack(site, each, seed) for seed in range(SOCKETS_AT_ONCE)))
    assert sum(sent) >= FRAMES
    await post_garbage(site, 50)
    friend = Client()
    await friend.open(site)
    assert (await friend.say("hi"))[0]["metadata"]["kind"] == "smalltalk"
    await friend.close()
    news = log.read_text(errors="replace")[before:]
    assert "Traceback" not in news
    assert "exception" not in news.lower()
