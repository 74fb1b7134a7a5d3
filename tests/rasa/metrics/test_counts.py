"""What is counted of people's messages, black-box: each message once, with nothing of what it said."""

from __future__ import annotations

import asyncio
import json
import math
from uuid import uuid4

import aiohttp
import pytest

from charley.rasa.metrics import registry, services
from charley.rasa.platforms.channel import PLATFORMS
from charley.rasa.rest import BURST, RestInput
from charley.rasa.widget.channel import BURST as WIDGET_BURST
from charley.rasa.widget.channel import WidgetInput
from tests.conftest import Site
from tests.rasa.metrics.metrics_page import Change, look
from tests.rasa.platforms.dialects import DIALECTS
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.test_matrix import Person
from tests.rasa.test_rest import say
from tests.rasa.widget.conftest import Client

FOODS = "which foods have magnesium?"
EMERGENCY = "i have chest pain and can not breathe"
CANARY = "quetzalcoatlus"
STAGES = set(registry.STAGES) - {registry.SENDING}  # a REST reply stands in the response: nothing is sent


def test_all_channels_are_known_by_name() -> None:
    names = [RestInput.name(), WidgetInput.name(), *(platform.name for platform in PLATFORMS)]
    assert sorted(names) == sorted(registry.CHANNELS)


async def test_a_question_is_counted_once_where_it_came_in(site: Site) -> None:
    change = await Change.since(site)
    await say(site, FOODS)
    assert await change.all() == {
        ("charley_messages_total", "rest", "answered"): 1,
        ("charley_replies_total", "answer"): 1,
        ("charley_action_calls_total", "ok"): 1,
    }
    assert await change.of("charley_turn_seconds_count", channel="rest") == 1


async def test_a_turns_time_is_told_by_stage_each_once(site: Site) -> None:
    change = await Change.since(site)
    await say(site, FOODS, message_id=uuid4().hex)
    spent = {stage: await change.of("charley_stage_seconds_sum", stage=stage) for stage in STAGES}
    counts = {stage: await change.of("charley_stage_seconds_count", stage=stage) for stage in STAGES}
    assert counts == dict.fromkeys(STAGES, 1)
    whole = await change.of("charley_turn_seconds_sum")
    assert 0 < spent["reading"] < whole
    assert 0 < spent["actions"] < whole
    assert whole / 4 < sum(spent.values()) <= whole  # the rest is Rasa's own work between them


async def test_an_emergency_is_counted_with_its_level_and_time(site: Site) -> None:
    change = await Change.since(site)
    await say(site, EMERGENCY)
    assert await change.of("charley_replies_total", kind="care") == 1
    assert await change.of("charley_care_seconds_count", level="emergency") == 1
    assert await change.of("charley_care_seconds_bucket", level="emergency", le="5.0") == 1
    assert await change.of("charley_care_seconds_count") == 1
    assert await change.of("charley_care_rescued_total") == 0


@pytest.mark.parametrize(
    ("message", "kind", "unanswered"),
    [
        ("what is the weather tomorrow?", "decline", 0),
        ("does zinc help against leg cramps?", "decline", 1),
        ("???", "fallback", 0),
        ("hello", "smalltalk", 0),
    ],
)
async def test_what_is_not_answered_is_counted_by_why(
    message: str, kind: str, unanswered: int, site: Site
) -> None:
    change = await Change.since(site)
    (reply, *_) = await say(site, message)
    assert reply["metadata"]["kind"] == kind, reply["text"]
    assert await change.of("charley_replies_total", kind=kind) == 1
    assert await change.of("charley_unanswered_total") == unanswered


async def test_a_button_is_counted_as_one(site: Site) -> None:
    change = await Change.since(site)
    await say(site, {"payload": "/ask_causes", "title": "What causes cramps?"})
    assert await change.of("charley_button_presses_total", channel="rest") == 1
    assert await change.of("charley_messages_total", outcome="answered") == 1


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "empty"),
        ("cramp " * 1000, "too_long"),
        ("\x00\x01\x02", "unreadable"),
        ({"payload": "/nonsense"}, "unknown_button"),
    ],
)
async def test_what_is_turned_away_is_counted_by_why(message: object, why: str, site: Site) -> None:
    change = await Change.since(site)
    await say(site, message)
    assert await change.all() == {
        ("charley_messages_total", "rest", "refused"): 1,
        ("charley_turned_away_total", "rest", why): 1,
    }


async def test_a_message_that_comes_twice_is_no_second_answer(site: Site) -> None:
    change = await Change.since(site)
    sender, id_ = uuid4().hex, uuid4().hex
    for _ in range(2):
        await say(site, FOODS, sender, message_id=id_)
    assert await change.of("charley_messages_total", outcome="answered") == 1
    assert await change.of("charley_messages_total", outcome="repeated") == 1
    assert await change.of("charley_turned_away_total", channel="rest", why="repeated") == 1
    assert await change.of("charley_replies_total", kind="answer") == 1


async def test_who_floods_is_counted_as_too_fast(site: Site) -> None:
    change = await Change.since(site)
    sender = uuid4().hex
    await asyncio.gather(*(say(site, "", sender) for _ in range(BURST + 50)))
    assert await change.of("charley_turned_away_total", channel="rest", why="too_fast") > 10
    talk = await Client().open(site)
    ids = [uuid4().hex for _ in range(WIDGET_BURST + 5)]
    taken = {id_: (await talk.ask("say", {"id": id_, "text": "hi"}))["ok"] for id_ in ids}
    refused = sum(not ok for ok in taken.values())
    assert refused
    for id_ in (id_ for id_, ok in taken.items() if ok):
        await talk.replies_to(id_)
    await talk.close()
    assert await change.of("charley_turned_away_total", channel="widget", why="too_fast") == refused


async def test_sockets_and_sessions_are_counted_while_they_are_open(site: Site) -> None:
    before = await look(site)
    first = await Client().open(site)
    second = await Client().open(site, {"token": first.token})  # another tab of the same person
    during = await look(site)
    assert during.of("charley_sockets_open") - before.of("charley_sockets_open") == 2
    assert during.of("charley_sessions_open") - before.of("charley_sessions_open") == 1
    await first.close()
    await second.close()


async def test_a_widgets_message_is_counted_with_its_sending(site: Site) -> None:
    change = await Change.since(site)
    talk = await Client().open(site)
    await talk.say(FOODS)
    await talk.close()
    assert await change.of("charley_messages_total", channel="widget", outcome="answered") == 1
    assert await change.of("charley_stage_seconds_count", stage="sending") == 1


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
async def test_each_platforms_messages_are_counted_under_its_name(
    dialect: type, site: Site, platforms: Fake
) -> None:
    platforms.reset()
    change = await Change.since(site)
    await Person(dialect(), site, platforms).say(FOODS, wanted="magnesium")
    assert await change.of("charley_messages_total", channel=dialect.name, outcome="answered") == 1
    assert await change.of("charley_messages_total") == 1


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        (b"{", {"Content-Type": "application/json"}, "unreadable"),
        (b"{}", {"Content-Type": "text/plain"}, "wrong_type"),
        (b'{"message": "%s"}' % (b"x" * 70_000), {"Content-Type": "application/json"}, "too_large"),
    ],
)
async def test_a_bad_request_is_an_error_of_its_channel(
    body: bytes, headers: dict[str, str], kind: str, site: Site
) -> None:
    change = await Change.since(site)
    async with aiohttp.ClientSession() as http, http.post(site.webhook, data=body, headers=headers):
        pass
    assert await change.of("charley_channel_errors_total", channel="rest", kind=kind) == 1
    assert await change.of("charley_channel_errors_total") == 1
    assert await change.of("charley_messages_total") == 0


async def test_a_forged_delivery_is_an_error_of_its_platform(site: Site) -> None:
    change = await Change.since(site)
    url = f"{site.url}/webhooks/telegram/webhook"
    async with aiohttp.ClientSession() as http, http.post(url, json={"message": {}}) as reply:
        assert reply.status == 403
    assert await change.of("charley_channel_errors_total", channel="telegram", kind="not_allowed") == 1


async def test_nothing_of_what_was_said_or_of_who_said_it_is_counted(site: Site) -> None:
    sender = f"{CANARY}-{uuid4().hex}"
    for message in (
        f"my {CANARY} cramps",
        f"{FOODS} asks {CANARY}",
        f"{EMERGENCY}, says {CANARY}",
        {"payload": f"/{CANARY}"},
    ):
        await say(site, message, sender, message_id=f"{CANARY}1", metadata={"country": CANARY})
    page = await look(site)
    told = json.dumps([[name, sorted(labels)] for name, labels in page.samples])
    assert CANARY not in told.lower()
    assert sender not in told


async def test_every_label_has_values_of_a_fixed_list_alone(site: Site) -> None:
    """A model's name aside, of which there is one; and the bounds of buckets."""
    await say(site, f"{FOODS} says {CANARY}")
    values = (await look(site)).values()
    (model,) = values.pop("model")
    assert len(model) <= 12
    bounds = {float(bound) for bound in values.pop("le")}
    assert bounds == {*registry.TURN_BUCKETS, *registry.STAGE_BUCKETS, math.inf}
    assert values.pop("outcome") == {*registry.OUTCOMES, "ok", "failed"}
    assert values.pop("kind") == {*registry.KINDS, *registry.ERRORS}
    assert values.pop("service") <= set(services.SERVICES)
    assert values == {
        "channel": set(registry.CHANNELS),
        "stage": set(registry.STAGES),
        "level": set(registry.LEVELS),
        "why": set(registry.WHY_TURNED_AWAY),
    }
