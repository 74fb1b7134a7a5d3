"""What both real servers log, at whatever level they are told to: nothing that a person said; one JSON object a line, if wanted."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from charley.rasa import logs, server
from charley.rasa.quiet import keep_private
from tests.conftest import ROOT, Site, free_ports
from tests.deploy.world import SECRET, Server
from tests.rasa.metrics.metrics_page import get
from tests.rasa.test_rest import post, say
from tests.rasa.widget.conftest import Client

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers

CANARY = "quetzalcoatlus"
EMERGENCY = "i have chest pain and can not breathe"
QUESTION = "which foods have magnesium?"
FIELDS = {"time", "level", "logger", "event", "channel", "error", "where"}
LOUD = {"LOG_LEVEL": "DEBUG", "LOG_LEVEL_LIBRARIES": "DEBUG"}
ACTIONS = """
from actions.answers import *
from rasa_sdk import Action

class Fails(Action):
    def name(self):
        return "action_fails"

    def run(self, dispatcher, tracker, domain):
        raise RuntimeError(tracker.latest_message["text"])
"""


@dataclass
class Talkative:
    """Both servers, and what they have logged."""

    site: Site
    rasa: Server
    actions: Server

    async def fails(self) -> int:
        """Have an action fail with what was said in its error; the status."""
        said = {"sender_id": CANARY, "slots": {}, "events": [], "latest_message": {"text": CANARY}}
        call = {"next_action": "action_fails", "sender_id": CANARY, "tracker": said, "domain": {}}
        url = f"http://127.0.0.1:{self.actions.port}/webhook"
        async with aiohttp.ClientSession() as http, http.post(url, json=call) as reply:
            return reply.status


def started(home: Path, model: Path, level: str, **environment: str) -> Iterator[Talkative]:
    """Both servers as `charley serve` starts them, but for the level and an action that fails."""
    port, action_port = free_ports(2)
    (home / "loud").mkdir(parents=True)
    (home / "loud" / "__init__.py").write_text(ACTIONS, encoding="utf-8")
    names = {
        **server.surroundings(model),
        "CHARLEY_SECRET": SECRET,
        "CHARLEY_ACTIONS_URL": f"http://127.0.0.1:{action_port}/webhook",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{home}",
        **environment,
    }
    files = Path("endpoints.yml"), Path("credentials.yml")
    run = [level if part == "--quiet" else part for part in server.rasa_command(model, port, *files)]
    act = [
        {"--quiet": level, "actions": "loud"}.get(part, part) for part in server.action_command(action_port)
    ]
    rasa = Server(home / "rasa", run, port, "/health/live", names)
    actions = Server(home / "actions", act, action_port, "/health", names)
    for file in files:
        shutil.copy(ROOT / file, rasa.home / file)
    (rasa.home / "var").mkdir()
    try:
        for each in (rasa, actions):
            each.begin()
        for each in (rasa, actions):
            each.wait()
        yield Talkative(Site(f"http://127.0.0.1:{port}", rasa.home), rasa, actions)
    finally:
        rasa.kill()
        actions.kill()


@pytest.fixture(scope="module")
def loud(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talkative]:
    """Told in every way to log all that it can."""
    yield from started(tmp_path_factory.mktemp("loud"), model, "--debug", **LOUD)


@pytest.fixture(scope="module")
def in_json(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talkative]:
    yield from started(tmp_path_factory.mktemp("json"), model, "--quiet", **LOUD, CHARLEY_LOG="json")


async def say_all(talkative: Talkative) -> None:
    """Whatever might be logged: messages that are answered, refused or fail, and requests that are none."""
    site = talkative.site
    for message in (
        f"my {CANARY} cramps",
        f"{EMERGENCY}, says {CANARY}",
        f"{QUESTION} asks {CANARY}",
        {"payload": f"/{CANARY}"},
        f"{CANARY}\x00",
        CANARY * 100,
    ):
        await say(site, message, CANARY, message_id=uuid4().hex, metadata={"country": CANARY})
    await post(site, f'{{"message": "{CANARY}'.encode())
    await post(site, {"message": CANARY}, "text/plain")
    await get(site, f"/webhooks/rest/webhook?message={CANARY}")
    await get(site, f"/conversations/{CANARY}/tracker")
    talk = await Client().open(site)
    await talk.say(f"{QUESTION} asks {CANARY}")
    await talk.emit(CANARY, CANARY)
    await talk.close()
    assert await talkative.fails() == 500


async def without_actions(talkative: Talkative) -> None:
    """A question that can't be answered: of that the log tells."""
    talkative.actions.kill()
    await say(talkative.site, f"{QUESTION} asks {CANARY}")
    with suppress(aiohttp.ClientError):
        await talkative.fails()


async def test_told_to_log_everything_the_servers_log_nothing_that_was_said(loud: Talkative) -> None:
    await say_all(loud)
    await without_actions(loud)
    assert "DEBUG" in loud.rasa.log(), "it was told to"
    for each in (loud.rasa, loud.actions):
        assert CANARY not in each.log().lower()
        assert "/webhooks/rest/webhook" not in each.log(), "there is an access log"


async def test_every_line_is_a_json_object_of_known_fields_and_of_nothing_that_was_said(
    in_json: Talkative,
) -> None:
    await say_all(in_json)
    await without_actions(in_json)
    for each in (in_json.rasa, in_json.actions):
        text = each.log()
        assert CANARY not in text.lower()
        lines = after_start(text)
        assert lines
        assert [
            line for line in lines if not {"time", "level", "logger", "event"} <= set(line) <= FIELDS
        ] == []
        assert {line["level"] for line in lines} <= {"warning", "error", "critical"}
    assert "rest" in {line.get("channel") for line in after_start(in_json.rasa.log())}


def after_start(text: str) -> list[dict[str, Any]]:
    """All lines from the first in JSON on; before stand warnings of libraries that are being imported."""
    _, _, told = text.partition("\n{") if not text.startswith("{") else ("", "", text[1:])
    return [json.loads(line) for line in ("{" + told).splitlines()]


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(logs.JsonLines().format(record))
    return line


def record(message: object, name: str = "charley.rasa.rest", **more: Any) -> logging.LogRecord:
    return logging.getLogger(name).makeRecord(name, logging.ERROR, "", 0, message, (), more.get("exc_info"))


def test_a_line_of_the_log_stays_one_line() -> None:
    text = logs.JsonLines().format(record('one\ntwo "three"'))
    assert "\n" not in text
    assert json.loads(text)["event"] == 'one\ntwo "three"'


def test_of_an_error_its_kind_and_place_are_told_and_never_its_text() -> None:
    try:
        raise RuntimeError(CANARY)
    except RuntimeError as error:
        line = line_of(record("It failed", exc_info=(type(error), error, error.__traceback__)))
    assert line["error"] == "RuntimeError"
    assert line["where"].startswith(__name__.rpartition(".")[2]) or "test_logs" in line["where"]
    assert CANARY not in json.dumps(line)


@pytest.mark.parametrize("name", ["sanic.error", "rasa_sdk.endpoint", "rasa.core.processor"])
def test_where_a_library_logs_an_exception_its_kind_and_place_stay_and_its_text_does_not(name: str) -> None:
    keep_private()
    try:
        raise RuntimeError(CANARY)
    except RuntimeError as error:
        told = record("It failed", name, exc_info=(type(error), error, error.__traceback__)).getMessage()
        itself = record(error, name).getMessage()  # Sanic logs the exception in place of a message
    assert told.startswith("It failed (RuntimeError, ")
    assert itself == "RuntimeError"
    assert CANARY not in told


def test_of_what_rasa_tells_in_json_only_what_happened_is_told() -> None:
    line = line_of(record(json.dumps({"event": "event.failed", "rasa_event": {"text": CANARY}}), "rasa.core"))
    assert line["event"] == "event.failed"
    assert CANARY not in json.dumps(line)


def test_of_the_fields_that_rasa_logs_none_is_kept_that_may_hold_what_was_said(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import structlog

    keep_private()
    before = structlog.get_config()
    structlog.configure(cache_logger_on_first_use=False)
    try:
        structlog.get_logger("rasa.core").error("it.failed", text=CANARY, event_info="It failed.")
    finally:
        structlog.configure(**before)
    heard = caplog.text + "".join(capfd.readouterr())
    assert "It failed." in heard or "it.failed" in heard
    assert CANARY not in heard
