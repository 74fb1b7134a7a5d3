"""What breaks, and what is said to it: shared by the tests of faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from aiohttp import web

from charley.care.numbers import ANYWHERE
from charley.rasa.assistant import ANSWER_SECONDS, Assistant

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.agent import Agent

ROOT = Path(__file__).resolve().parents[3]
CANARY = "quetzalcoatlus"
QUESTION = f"which foods have magnesium? asks {CANARY}"
EMERGENCY = f"i have chest pain and can not breathe, says {CANARY}"
CRISIS = f"i want to kill myself, says {CANARY}"
DOCTOR = f"my calf has been cramping for three weeks, says {CANARY}"
OPENINGS = {
    EMERGENCY: f"Call {ANYWHERE} now",
    CRISIS: "Please talk to someone now",
    DOCTOR: "Please book a visit with a doctor",
}
UNAVAILABLE = "Sorry, something went wrong and I could not answer."
UNREAD = "I could not check your message for danger signs."
LINE = f"If you feel seriously unwell, call {ANYWHERE}."
MARGIN = 1.5  # seconds that a busy machine may take on top
LATE = 10  # seconds after which the late action server answers
COMPONENTS = [
    "MessageReader",
    "SentenceFeaturizer",
    "CareGuardComponent",
    "SubjectExtractor",
    "CharleyIntentClassifier",
]
Replies = list[dict[str, Any]]
Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Overheard:
    """All that got out beside the replies: log records with their traces, stdout, stderr."""

    log: pytest.LogCaptureFixture
    output: pytest.CaptureFixture[str]

    def all_of_it(self) -> str:
        records = "\n".join(f"{record.__dict__}" for record in self.log.records)
        return "\n".join([records, self.log.text, *self.output.readouterr()])


def load_agent(model: Path, action_port: int, **more: Any) -> Agent:
    from rasa.core.agent import Agent
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    address = EndpointConfig(f"http://127.0.0.1:{action_port}/webhook")
    return Agent.load(model_path=str(model), generator=endpoints.nlg, action_endpoint=address, **more)


async def late(request: web.Request) -> web.Response:
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(request.app["closing"].wait(), LATE)
    return web.json_response({"events": [], "responses": []})


async def says(status: int, body: str) -> web.Response:
    return web.Response(status=status, text=body, content_type="application/json")


FAULTS: dict[str, Answer | None] = {
    "dead": None,
    "500": lambda _: says(500, "{}"),
    "404": lambda _: says(404, json.dumps({"error": "no such action", "action_name": "x"})),
    "null": lambda _: says(200, "null"),
    "bad json": lambda _: says(200, '{"events": ['),
    "no json": lambda _: says(200, "<html>Bad gateway</html>"),
    "a list": lambda _: says(200, "[]"),
    "empty": lambda _: says(200, ""),
    "says nothing": lambda _: says(200, '{"events": [], "responses": []}'),
}


@asynccontextmanager
async def action_server(port: int, answer: Answer | None) -> AsyncIterator[None]:
    """An action server that answers every request so; None: there is none."""
    if answer is None:
        yield
        return
    app = web.Application()
    app["closing"] = asyncio.Event()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        app["closing"].set()
        await runner.cleanup()


async def ask(assistant: Assistant, message: str, sender: str | None = None) -> Replies:
    """The replies to a message; they must come in time."""
    started = time.monotonic()
    replies = await assistant.reply(sender or uuid4().hex, message)
    assert time.monotonic() - started < ANSWER_SECONDS + MARGIN
    assert replies
    return replies


def text(replies: Replies) -> str:
    return "\n\n".join(reply["text"] for reply in replies)


def names_an_emergency_number(replies: Replies) -> bool:
    return ANYWHERE in text(replies)


def node(agent: Agent, name: str) -> Any:
    """What runs a component of the pipeline on a message, in the loaded model's graph."""
    assert agent.processor is not None
    nodes = agent.processor.graph_runner._instantiated_nodes.values()
    (found,) = (n for n in nodes if n._component_class.__name__ == name and n._fn_name == "process")
    return found


def fails_aloud(component: Any, messages: list[Any]) -> list[Any]:
    raise RuntimeError(f"can not read {[message.get('text') for message in messages]}")


def does_nothing(component: Any, messages: list[Any]) -> list[Any]:
    return messages
