"""The call to the action server: over one connection, with what the actions read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from charley.rasa.action_endpoint import ActionEndpoint

USER = {
    "event": "user",
    "text": "hello",
    "timestamp": 1.0,
    "input_channel": "rest",
    "metadata": {"country": "NZ"},
    "parse_data": {
        "intent": {"name": "greet"},
        "entities": [{"entity": "subject", "value": "zinc", "start": 0, "end": 4, "extractor": "x"}],
        "care": {"level": "none", "flags": [], "ok": True, "country": None},
        "intent_ranking": [1],
    },
}
SAID = {"kind": "answer", "blocks": [], "fact_ids": ["zinc"]}  # Rasa keeps it within the event's metadata
EVENTS = [
    {"event": "action", "name": "action_session_start", "policy": "x", "confidence": 1.0, "timestamp": 0.0},
    {"event": "action", "name": "action_listen", "policy": "x", "confidence": 1.0, "timestamp": 0.0},
    USER,
    {"event": "slot", "name": "subject", "value": "zinc", "timestamp": 2.0},
    {"event": "bot", "text": "Hi", "data": {"buttons": []}, "metadata": {"metadata": SAID}, "timestamp": 3.0},
]
CALL = {
    "next_action": "action_tell_more",
    "sender_id": "s",
    "version": "3.6.21",
    "tracker": {"sender_id": "s", "slots": {"subject": "zinc"}, "latest_message": USER, "events": EVENTS},
}


@dataclass
class Heard:
    """An action server that keeps what it is sent and from where, and answers with `status`."""

    port: int = 0
    status: int = 200
    bodies: list[Any] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)

    async def webhook(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.ports.add(request.transport.get_extra_info("peername")[1])
        self.bodies.append(await request.json())
        return web.json_response({"events": [], "token": request.query.get("token")}, status=self.status)

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/webhook", self.webhook)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        return runner


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    server = Heard()
    runner = await server.start()
    yield server
    await runner.cleanup()


def endpoint(server: Heard, **options: Any) -> ActionEndpoint:
    from rasa.utils.endpoints import EndpointConfig

    from charley.rasa.action_endpoint import ActionEndpoint

    return ActionEndpoint.like(EndpointConfig(f"http://127.0.0.1:{server.port}/webhook", **options))


async def test_many_calls_take_one_connection(heard: Heard) -> None:
    calls = endpoint(heard)
    for _ in range(5):
        assert (await calls.request(json=CALL, method="post"))["events"] == []
    await calls.close()
    assert len(heard.ports) == 1


async def test_after_it_was_closed_a_call_opens_it_again(heard: Heard) -> None:
    calls = endpoint(heard)
    for _ in range(2):
        await calls.request(json=CALL)
        await calls.close()
    assert len(heard.bodies) == 2


async def test_what_an_action_reads_is_sent_and_no_more(heard: Heard) -> None:
    calls = endpoint(heard)
    await calls.request(json=CALL)
    await calls.close()
    sent = heard.bodies[0]
    assert {k: v for k, v in sent.items() if k != "tracker"} == {
        k: v for k, v in CALL.items() if k != "tracker"
    }
    assert sent["tracker"]["slots"] == {"subject": "zinc"}
    assert sent["tracker"]["latest_message"] == USER
    assert sent["tracker"]["events"] == [
        {"event": "action", "name": "action_session_start"},
        {
            "event": "user",
            "text": "hello",
            "metadata": {"country": "NZ"},
            "parse_data": {
                "intent": {"name": "greet"},
                "entities": [{"entity": "subject", "value": "zinc"}],
                "care": {"level": "none", "ok": True},
            },
        },
        {"event": "bot", "metadata": {"kind": "answer"}},
    ]
    assert "intent_ranking" in json.dumps(CALL), "what Rasa gave is not changed"


async def test_a_token_goes_along(heard: Heard) -> None:
    calls = endpoint(heard, token="secret")
    assert (await calls.request(json=CALL))["token"] == "secret"
    await calls.close()


async def test_errors_are_those_of_rasas_endpoint(heard: Heard) -> None:
    from rasa.utils.endpoints import ClientResponseError

    heard.status = 500
    calls = endpoint(heard)
    with pytest.raises(ClientResponseError):
        await calls.request(json=CALL)
    await calls.close()


async def test_a_server_that_was_started_again_is_found() -> None:
    server = Heard()
    runner = await server.start()
    calls = endpoint(server)
    await calls.request(json=CALL)
    await runner.cleanup()
    runner = await server.start()
    await calls.request(json=CALL)
    await calls.close()
    await runner.cleanup()
    assert len(server.bodies) == 2


async def test_the_levels_are_the_same_for_who_reads_what_is_sent(assistant: Any) -> None:
    from charley.care.course import course_of
    from charley.rasa.action_endpoint import what_is_read
    from charley.rasa.events import as_dicts

    said = ["my leg hurts", "i am pregnant and it is a bit swollen", "/start_check_up", "no", "no", "maybe"]
    said += ["my calf is red and swollen", "sorry, it is not swollen", "which foods have zinc?"]
    for number in range(1, len(said) + 1):
        sender = f"levels-{number}"
        for text in said[:number]:
            await assistant.turn(sender, {"payload": text, "title": ""} if text.startswith("/") else text)
        events = await assistant.events(sender)
        call = {"tracker": {"events": json.loads(json.dumps([event.as_dict() for event in events]))}}
        assert course_of(what_is_read(call)["tracker"]["events"]) == course_of(as_dicts(events))
