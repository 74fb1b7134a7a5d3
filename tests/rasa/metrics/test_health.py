"""Whether a worker says that it is ready when it is, and only then."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException
from sanic import Sanic

from charley.rasa.assistant import Assistant
from charley.rasa.metrics import registry, services
from charley.rasa.metrics.channel import TOKEN_VARIABLE, HealthInput
from tests.conftest import Site
from tests.rasa.faults.world import does_nothing, fails_aloud, node
from tests.rasa.inside import served
from tests.rasa.metrics.metrics_page import Change, get, look, parse
from tests.rasa.test_rest import say

EMERGENCY = "i have chest pain and can not breathe"
QUESTION = "which foods have magnesium?"


@pytest.fixture
async def here(assistant: Assistant, tmp_path: Path) -> AsyncIterator[Site]:
    """All in this process, so that it can be broken."""
    async with served(assistant, tmp_path, {}) as site:
        yield site


async def ready(site: Site) -> tuple[int, dict[str, Any]]:
    status, text = await get(site, "/health/ready")
    return status, json.loads(text)


async def test_a_worker_that_works_is_live_and_ready(here: Site) -> None:
    assert (await get(here, "/health/live"))[0] == 200
    status, found = await ready(here)
    assert status == 200
    assert found["ready"] is True
    assert set(found["checks"].values()) == {"ok"}
    page = await look(here)
    assert (page.of("charley_ready"), page.of("charley_guard_works")) == (1, 1)


@pytest.mark.parametrize("broken", [fails_aloud, does_nothing])
async def test_without_a_guard_that_works_it_is_live_and_not_ready(
    broken: Any, here: Site, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(assistant._agent, "CareGuardComponent"), "_fn", broken)
    assert (await get(here, "/health/live"))[0] == 200
    status, found = await ready(here)
    assert status == 503
    assert found["checks"] == {"model": "ok", "guard": "not ok", "turns": "ok", "running": "ok"}
    page = await look(here)
    assert (page.of("charley_ready"), page.of("charley_guard_works")) == (0, 0)


async def test_services_that_are_away_are_told_of_and_hold_nothing_back(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_used", {})
    services.use(services.TRACKER_STORE, lambda: True, waiting=lambda: 3)
    services.use(services.LOCKS, lambda: False)
    status, found = await ready(here)
    assert status == 200
    assert found["services"] == {"tracker_store": "away", "locks": "up"}
    page = await look(here)
    assert page.of("charley_service_up", service="tracker_store") == 0
    assert page.of("charley_service_up", service="locks") == 1
    assert page.of("charley_events_waiting", service="tracker_store") == 3


async def test_a_worker_that_has_more_to_do_than_it_can_is_not_ready(here: Site) -> None:
    turns = list(Sanic._app_registry.values())[-1].ctx.charley
    turns.waiting += 500
    try:
        status, found = await ready(here)
    finally:
        turns.waiting -= 500
    assert status == 503
    assert found["checks"]["turns"] == "not ok"


async def test_a_probe_counts_as_no_message(here: Site) -> None:
    change = await Change.since(here)
    for _ in range(3):
        await ready(here)
    assert await change.all() == {}
    assert await change.of("charley_stage_seconds_count", stage="reading") == 0


async def test_a_danger_that_the_pipeline_could_not_read_is_told_of(
    here: Site, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(assistant._agent, "CareGuardComponent"), "_fn", does_nothing)
    change = await Change.since(here)
    await say(here, EMERGENCY)
    assert await change.of("charley_unread_total") == 1
    assert await change.of("charley_replies_total", kind="care") == 1


async def test_a_turn_that_fails_is_told_of_and_its_care_reply_as_rescued(
    here: Site, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(assistant._agent, "MessageReader"), "_fn", fails_aloud)
    change = await Change.since(here)
    await say(here, EMERGENCY)
    await say(here, QUESTION)
    assert await change.of("charley_messages_total", outcome="failed") == 2
    assert await change.of("charley_care_rescued_total") == 1
    assert await change.of("charley_care_seconds_count", level="emergency") == 1


async def test_the_model_is_named_with_its_day(here: Site) -> None:
    page = await look(here)
    assert page.of("charley_model_info") == 1
    assert page.of("charley_model_trained_timestamp_seconds") > 0


async def test_where_a_token_is_set_only_who_has_it_reads_the_metrics(
    assistant: Assistant, tmp_path: Path
) -> None:
    async with served(assistant, tmp_path, {TOKEN_VARIABLE: "t" * 32}) as site:
        for wrong in (
            {},
            {"Authorization": "Bearer x"},
            {"Authorization": "Bearer tü"},
            {"Authorization": "t"},
        ):
            status, text = await get(site, "/metrics", **wrong)
            assert status == 401
            assert "charley_" not in text
        status, text = await get(site, "/metrics", Authorization=f"Bearer {'t' * 32}")
        assert status == 200
        assert parse(text).of("charley_ready") == 1
        assert (await ready(site))[0] == 200


def test_a_token_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{TOKEN_VARIABLE}_FILE", str(tmp_path / "none"))
    with pytest.raises(InvalidConfigException, match=TOKEN_VARIABLE):
        HealthInput.from_credentials(None)


def test_a_form_of_log_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLEY_LOG", "xml")
    with pytest.raises(InvalidConfigException, match="CHARLEY_LOG must be text"):
        HealthInput.from_credentials(None)


def test_every_metric_says_what_it_is() -> None:
    for metric in registry.REGISTRY.collect():
        assert metric.documentation, metric.name
