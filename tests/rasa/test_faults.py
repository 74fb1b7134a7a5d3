"""Whatever breaks, the person gets help in time and nothing of what they said gets out."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from aiohttp import web

from charley.care.numbers import ANYWHERE
from charley.rasa.assistant import ANSWER_SECONDS, Assistant, GuardMissing
from tests.conftest import free_ports

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

ROOT = Path(__file__).resolve().parents[2]
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


# ── A faulty world ────────────────────────────────────────────────────────────────────────────


@dataclass
class Overheard:
    """All that got out beside the replies: log records with their traces, stdout, stderr."""

    log: pytest.LogCaptureFixture
    output: pytest.CaptureFixture[str]

    def all_of_it(self) -> str:
        records = "\n".join(f"{record.__dict__}" for record in self.log.records)
        return "\n".join([records, self.log.text, *self.output.readouterr()])


@pytest.fixture
def overheard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Overheard:
    return Overheard(caplog, capfd)


@pytest.fixture(scope="module")
def action_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def agent_of_the_port(model: Path, assistant: Assistant, action_port: int) -> Agent:
    """An agent that knows no actions but those of a server on a port of loopback."""
    return load_agent(model, action_port)


def load_agent(model: Path, action_port: int, **more: Any) -> Agent:
    from rasa.core.agent import Agent
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    address = EndpointConfig(f"http://127.0.0.1:{action_port}/webhook")
    return Agent.load(model_path=str(model), generator=endpoints.nlg, action_endpoint=address, **more)


@pytest.fixture(scope="module")
def faulty(agent_of_the_port: Agent) -> Assistant:
    """An assistant whose action server is dead unless the test starts one."""
    return Assistant(agent_of_the_port)


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


# ── The action server ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_its_actions_a_question_gets_the_emergency_line(
    fault: str, faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        replies = await ask(faulty, QUESTION)
    assert [reply["text"].startswith(UNAVAILABLE) for reply in replies] == [True]
    assert LINE in text(replies)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("report", [EMERGENCY, CRISIS])
async def test_without_its_actions_an_emergency_gets_its_care_reply(
    report: str, fault: str, faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        replies = await ask(faulty, report)
    assert replies[0]["text"].startswith(OPENINGS[report])
    assert names_an_emergency_number(replies)


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_its_actions_a_report_with_a_question_gets_its_care_reply_first(
    fault: str, faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        replies = await ask(faulty, f"my calf has been cramping for three weeks, {QUESTION}")
    assert replies[0]["text"].startswith(OPENINGS[DOCTOR])
    assert replies[-1]["text"].startswith(UNAVAILABLE)


async def test_an_action_server_that_is_ten_seconds_late_is_not_waited_for(
    faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, late):
        report, question = await asyncio.gather(
            ask(faulty, f"my calf has been cramping for three weeks, {QUESTION}"), ask(faulty, QUESTION)
        )
    assert report[0]["text"].startswith(OPENINGS[DOCTOR])
    assert report[-1]["text"].startswith(UNAVAILABLE)
    assert question[0]["text"].startswith(UNAVAILABLE)
    assert LINE in text(question)


async def test_an_emergency_does_not_wait_for_a_late_action_server(
    faulty: Assistant, action_port: int
) -> None:
    sender = uuid4().hex
    async with action_server(action_port, late):
        started = time.monotonic()
        replies = await ask(faulty, EMERGENCY, sender)
        assert time.monotonic() - started < MARGIN
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


async def test_who_writes_while_a_late_answer_is_awaited_is_answered_in_time(
    faulty: Assistant, action_port: int
) -> None:
    sender = uuid4().hex
    async with action_server(action_port, late):
        await ask(faulty, QUESTION, sender)
        replies = await ask(faulty, EMERGENCY, sender)
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


@pytest.mark.parametrize("fault", ["dead", "500", "null"])
async def test_what_was_reported_while_the_actions_were_away_stays_reported(
    fault: str, faulty: Assistant, action_port: int
) -> None:
    sender = uuid4().hex
    async with action_server(action_port, FAULTS[fault]):
        await ask(faulty, EMERGENCY, sender)
        replies = await ask(faulty, QUESTION, sender)
    assert replies[0]["text"].startswith("First: from what you told me before")
    assert replies[-1]["text"].startswith(UNAVAILABLE)


@pytest.mark.parametrize("fault", FAULTS)
async def test_small_talk_needs_no_actions(fault: str, faulty: Assistant, action_port: int) -> None:
    async with action_server(action_port, FAULTS[fault]):
        (reply,) = await ask(faulty, "hello")
    assert reply["text"].startswith("Hi, I am Charley")


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_fault_of_the_actions_lets_out_what_was_said(
    fault: str, faulty: Assistant, action_port: int, overheard: Overheard
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        own = [await ask(faulty, message) for message in (QUESTION, EMERGENCY, DOCTOR)]
        others = await ask(faulty, "which foods have calcium?")
    assert CANARY not in text([*others, *(reply for replies in own for reply in replies)]).lower()
    assert CANARY not in overheard.all_of_it().lower()


# ── The pipeline ──────────────────────────────────────────────────────────────────────────────


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


@pytest.fixture(params=COMPONENTS)
def broken(request: pytest.FixtureRequest, faulty: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """An assistant with one component of its pipeline that raises, with the message in its error."""
    monkeypatch.setattr(node(faulty._agent, request.param), "_fn", fails_aloud)
    return faulty


async def test_with_a_broken_component_a_question_gets_the_emergency_line(broken: Assistant) -> None:
    (reply,) = await ask(broken, QUESTION)
    assert reply["text"].startswith(UNAVAILABLE)
    assert LINE in reply["text"]


@pytest.mark.parametrize("report", OPENINGS)
async def test_with_a_broken_component_a_report_gets_its_care_reply(report: str, broken: Assistant) -> None:
    care, more = await ask(broken, report)
    assert care["text"].startswith(OPENINGS[report])
    assert more["text"].startswith(UNAVAILABLE)


async def test_a_broken_component_lets_out_nothing_of_what_was_said(
    broken: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [reply for message in (QUESTION, EMERGENCY) for reply in await ask(broken, message)]
    monkeypatch.undo()
    others = await ask(broken, "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()


async def test_after_a_component_recovered_the_person_is_answered_again(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = uuid4().hex
    with monkeypatch.context() as patch:
        patch.setattr(node(faulty._agent, "MessageReader"), "_fn", fails_aloud)
        await ask(faulty, "hello", sender)
    (reply,) = await ask(faulty, "hello", sender)
    assert reply["text"].startswith("Hi, I am Charley")


@pytest.mark.parametrize("message", ["hello", "how do i stop a cramp?", "i have chest pain"])
async def test_a_message_that_was_not_checked_for_danger_is_first_told_so(
    message: str, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(faulty._agent, "CareGuardComponent"), "_fn", does_nothing)
    replies = await ask(faulty, message)
    assert replies[0]["text"].startswith(UNREAD)
    assert names_an_emergency_number(replies[:1])


# ── The guard ─────────────────────────────────────────────────────────────────────────────────


async def test_a_model_with_a_working_guard_may_talk(faulty: Assistant) -> None:
    await faulty.check()


@pytest.mark.parametrize(
    "care",
    [
        None,
        {},
        {"ok": False, "level": "emergency"},
        {"ok": True, "level": "none"},
        {"ok": True, "level": "see_doctor"},
        {"ok": True},
    ],
    ids=str,
)
async def test_a_model_whose_guard_misses_a_plain_emergency_is_refused(
    care: dict[str, Any] | None, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def passes_on(component: Any, messages: list[Any]) -> list[Any]:
        for message in messages:
            message.set("care", care, add_to_output=True)
        return messages

    monkeypatch.setattr(node(faulty._agent, "CareGuardComponent"), "_fn", passes_on)
    with pytest.raises(GuardMissing):
        await faulty.check()


async def test_a_model_without_a_guard_is_refused(faulty: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node(faulty._agent, "CareGuardComponent"), "_fn", does_nothing)
    with pytest.raises(GuardMissing):
        await faulty.check()


@pytest.mark.parametrize("name", COMPONENTS)
async def test_a_model_whose_pipeline_fails_is_refused_without_its_error(
    name: str, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(faulty._agent, name), "_fn", fails_aloud)
    with pytest.raises(GuardMissing) as refused:
        await faulty.check()
    assert "chest pain" not in str(refused.value)
    assert refused.value.__suppress_context__


# ── The agent ─────────────────────────────────────────────────────────────────────────────────


async def hangs(message: UserMessage) -> None:
    await asyncio.Event().wait()


async def raises(message: UserMessage) -> None:
    raise RuntimeError(f"can not handle {message.text}")


async def is_cancelled(message: UserMessage) -> None:
    raise asyncio.CancelledError


async def says_nothing(message: UserMessage) -> None:
    return None


AGENTS = [hangs, raises, is_cancelled, says_nothing]
by_name = {"ids": lambda handler: handler.__name__}


@pytest.fixture(scope="module")
def hasty(faulty: Assistant) -> Assistant:
    """The same, but with a limit that a test can wait for."""
    return Assistant(faulty._agent, seconds=0.2)


@pytest.mark.parametrize("handler", AGENTS, **by_name)
async def test_an_agent_that_fails_leaves_a_question_with_the_emergency_line(
    handler: Any, hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty._agent, "handle_message", handler)
    (reply,) = await ask(hasty, QUESTION)
    assert reply["text"].startswith(UNAVAILABLE)
    assert LINE in reply["text"]


@pytest.mark.parametrize("handler", AGENTS, **by_name)
@pytest.mark.parametrize("report", OPENINGS)
async def test_an_agent_that_fails_leaves_a_report_with_its_care_reply(
    report: str, handler: Any, hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty._agent, "handle_message", handler)
    care, more = await ask(hasty, report)
    assert care["text"].startswith(OPENINGS[report])
    assert more["text"].startswith(UNAVAILABLE)
    assert names_an_emergency_number([care, more])


@pytest.mark.parametrize("handler", AGENTS, **by_name)
async def test_an_agent_that_fails_leaves_a_pressed_danger_with_its_care_reply(
    handler: Any, hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty._agent, "handle_message", handler)
    payload = '/answer_check_up{"question": "signs", "values": ["fever", "chest_or_breath"]}'
    care, more = await hasty.reply(uuid4().hex, {"payload": payload, "title": "pressed"})
    assert care["text"].startswith(OPENINGS[EMERGENCY])
    assert more["text"].startswith(UNAVAILABLE)


async def test_a_guard_of_the_channel_that_fails_takes_no_answer_away(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(reading: Any) -> None:
        raise UnicodeEncodeError("utf-8", CANARY, 0, 1, "surrogates not allowed")

    monkeypatch.setattr(faulty._guard, "read", fails)
    (reply,) = await ask(faulty, "hello")
    assert reply["metadata"]["kind"] == "smalltalk"


@pytest.mark.parametrize("text", ["hello \ud83d", "\ud83d chest pain and can not breathe"])
async def test_half_an_emoji_is_no_fault(text: str, faulty: Assistant) -> None:
    replies = await ask(faulty, text)
    assert UNAVAILABLE not in replies[0]["text"]


async def test_an_agent_that_hangs_is_left_after_five_seconds(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faulty._agent, "handle_message", hangs)
    replies = await ask(faulty, EMERGENCY)
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


async def test_what_was_said_before_the_agent_hung_is_not_lost_nor_said_twice(
    hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def says_and_hangs(message: UserMessage) -> None:
        care = {"text": "Call now.", "metadata": {"kind": "care"}}
        await message.output_channel.send_response(message.sender_id, care)
        await asyncio.Event().wait()

    monkeypatch.setattr(hasty._agent, "handle_message", says_and_hangs)
    first, last = await ask(hasty, EMERGENCY)
    assert first["text"] == "Call now."
    assert last["text"].startswith(UNAVAILABLE)


@pytest.mark.parametrize("handler", [hangs, raises, says_nothing], **by_name)
async def test_an_agent_that_fails_lets_out_nothing_of_what_was_said(
    handler: Any, hasty: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(hasty._agent, "handle_message", handler)
        own = [reply for message in (QUESTION, EMERGENCY) for reply in await ask(hasty, message)]
    others = await ask(Assistant(hasty._agent), "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()


async def test_an_agent_that_fails_after_it_was_given_up_lets_out_nothing_either(
    hasty: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up, failed = asyncio.Event(), asyncio.Event()

    async def fails_late(message: UserMessage) -> None:
        await given_up.wait()
        failed.set()
        raise RuntimeError(f"can not handle {message.text}")

    monkeypatch.setattr(hasty._agent, "handle_message", fails_late)
    await ask(hasty, QUESTION)
    given_up.set()
    await failed.wait()
    await asyncio.sleep(0)  # the task ends
    gc.collect()  # asyncio tells of a failure that nobody looked at when its task goes
    assert CANARY not in overheard.all_of_it().lower()


# ── The tracker store ─────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "conversations.db"


@pytest.fixture(scope="module")
def keeping_agent(model: Path, assistant: Assistant, action_port: int, conversations: Path) -> Agent:
    """An agent that keeps its conversations in SQLite, as the servers' does."""
    from rasa.core.tracker_store import SQLTrackerStore

    return load_agent(
        model, action_port, tracker_store=SQLTrackerStore(db=str(conversations), query={"timeout": "0.5"})
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


# ── What fills in the responses ───────────────────────────────────────────────────────────────


@pytest.fixture
def speechless(faulty: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """An assistant whose generator of responses raises, with the message in its error."""

    async def generate(response: str, tracker: Any, *_: Any, **__: Any) -> None:
        message = tracker.latest_message
        raise RuntimeError(f"can not say {response} to {message and message.text}")

    monkeypatch.setattr(faulty._agent.nlg, "generate", generate)
    return faulty


@pytest.mark.parametrize(
    "message", [QUESTION, "hello", "", "/", None, {"payload": "/ask_causes", "title": "x"}]
)
async def test_without_its_generator_every_turn_gets_an_emergency_number_or_a_notice(
    message: Any, speechless: Assistant
) -> None:
    replies = await speechless.reply(uuid4().hex, message)
    assert text(replies).strip()
    assert "{" not in text(replies)
    if message and message != "/":
        assert names_an_emergency_number(replies)


@pytest.mark.parametrize("report", OPENINGS)
async def test_without_its_generator_a_report_gets_its_care_reply(report: str, speechless: Assistant) -> None:
    replies = await ask(speechless, report)
    assert replies[0]["text"].startswith(OPENINGS[report])
    assert names_an_emergency_number(replies)
    assert "{" not in text(replies)


@pytest.mark.parametrize(
    ("message", "response", "opening"),
    [
        (EMERGENCY, "utter_care_emergency", OPENINGS[EMERGENCY]),
        (CRISIS, "utter_care_crisis", OPENINGS[CRISIS]),
        (f"my calf has been cramping for three weeks, {QUESTION}", "utter_care_see_doctor", OPENINGS[DOCTOR]),
    ],
    ids=["emergency", "crisis", "doctor, and a question"],
)
async def test_a_care_reply_that_can_not_be_generated_is_said_as_it_stands(
    message: str, response: str, opening: str, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = faulty._agent.nlg.generate

    async def fails_once(name: str, *rest: Any, **more: Any) -> Any:
        if name == response:
            raise RuntimeError("no")
        return await generate(name, *rest, **more)

    monkeypatch.setattr(faulty._agent.nlg, "generate", fails_once)
    replies = await ask(faulty, message)
    assert any(reply["text"].startswith(opening) for reply in replies)


async def test_without_what_fills_them_in_the_care_replies_are_whole(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr("charley.rasa.responses.knowledge_at_hand", fails)
    (reply,) = await ask(faulty, EMERGENCY)
    assert reply["text"].startswith(OPENINGS[EMERGENCY])
    assert reply["metadata"]["care_level"] == "emergency"


async def test_a_generator_that_fails_lets_out_nothing_of_what_was_said(
    speechless: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [reply for message in (QUESTION, EMERGENCY) for reply in await ask(speechless, message)]
    monkeypatch.undo()
    others = await ask(speechless, "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()


# ── That the tests above could fail ───────────────────────────────────────────────────────────


def test_a_word_in_a_log_or_an_error_is_overheard(overheard: Overheard) -> None:
    print(f"printed {CANARY}-1")
    try:
        raise RuntimeError(f"{CANARY}-2")
    except RuntimeError:
        logging.getLogger("of.a.test").exception("it failed")
    heard = overheard.all_of_it()
    assert f"{CANARY}-1" in heard
    assert f"{CANARY}-2" in heard
