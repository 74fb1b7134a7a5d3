"""What watches Charley: the alerts and the board speak of what is counted, and nothing of it is for the public."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from charley.rasa.metrics import registry, services
from tests.conftest import ROOT, Site
from tests.deploy.services import REQUIRED, binary
from tests.deploy.world import BACK_SECONDS, Cluster, Person, until
from tests.rasa.metrics.metrics_page import Page, parse
from tests.rasa.widget.conftest import Client

pytestmark = pytest.mark.timeout(900)  # the first test that needs the servers waits for them

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
CASES = [ROOT / "tests" / "deploy" / name for name in ("alerts.yml", "alerts_of_weeks.yml")]
BOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "charley.json").read_text(encoding="utf-8"))
MONITORING = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
METRIC = re.compile(r"\b(?:charley|process)_[a-z_]+|\bup\b")
LABEL = re.compile(r'(\w+)(=~?)"([^"]*)"')
BY = re.compile(r"\bby \(([^)]*)\)|\{\{(\w+)\}\}")
OF_PROMETHEUS = {"job", "instance"}
VALUES = {
    "channel": registry.CHANNELS,
    "outcome": (*registry.OUTCOMES, "ok", "failed"),
    "stage": registry.STAGES,
    "kind": (*registry.KINDS, *registry.ERRORS),
    "level": registry.LEVELS,
    "why": registry.WHY_TURNED_AWAY,
    "service": services.SERVICES,
    "le": tuple(str(float(bound)) for bound in (*registry.TURN_BUCKETS, *registry.STAGE_BUCKETS)),
}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in BOARD["panels"] if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """Every query, with where it stands."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def promtool(*arguments: str) -> str:
    """What it says; it must be content. Skips where it is missing, or fails where services are required."""
    done = subprocess.run([binary("promtool"), *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def made() -> set[str]:
    """The names of all samples that there are or may be."""
    families = list(registry.REGISTRY.collect())
    names = {sample.name for family in families for sample in family.samples}
    assert "charley_messages_total" in names
    return names | {family.name for family in families} | {"up"}


def test_the_alerts_can_be_read_and_each_goes_off_when_it_should() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(ALERTS))
    promtool("check", "config", str(ROOT / "deploy" / "prometheus" / "prometheus.yml"))
    assert "SUCCESS" in promtool("test", "rules", *map(str, CASES))


def test_a_case_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    text = CASES[0].read_text(encoding="utf-8").replace("../../deploy/prometheus/alerts.yml", str(ALERTS))
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(text.replace("0x8 1x40", "0x48"), encoding="utf-8")
    with pytest.raises(AssertionError, match="FAILED"):
        promtool("test", "rules", str(wrong))


def test_each_alert_has_a_case_in_which_it_goes_off() -> None:
    cases = [c for file in CASES for c in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]]
    tried = {t["alertname"] for case in cases for t in case["alert_rule_test"] if t.get("exp_alerts")}
    assert tried == {rule["alert"] for rule in rules()}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_each_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    for part in ("summary", "do"):
        assert rule["annotations"][part].endswith(".")
    assert f"`{rule['alert']}`" in MONITORING


@pytest.mark.parametrize(("where", "query"), queries())
def test_every_query_asks_for_what_is_counted(where: str, query: str) -> None:
    names = set(METRIC.findall(LABEL.sub("", query)))
    assert names
    assert names <= made(), where
    for label, how, value in LABEL.findall(query):
        if label not in OF_PROMETHEUS:
            values = value.split("|") if how == "=~" else [value]
            assert set(values) <= set(VALUES[label]), f"{where}: {label}"


def test_every_label_that_is_summed_by_or_shown_is_one() -> None:
    text = json.dumps(BOARD) + ALERTS.read_text(encoding="utf-8")
    named = {name.strip() for by, shown in BY.findall(text) for name in (by or shown).split(",")}
    assert named <= {*VALUES, *OF_PROMETHEUS, "model"}


def test_the_boards_queries_can_be_read(tmp_path: Path) -> None:
    asked = [re.sub(r"\$__\w+", "5m", target["expr"]) for p in panels() for target in p["targets"]]
    recorded = [{"record": f"asked:{number}", "expr": expr} for number, expr in enumerate(asked)]
    file = tmp_path / "board.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": recorded}]}), encoding="utf-8")
    assert f"{len(asked)} rules found" in promtool("check", "rules", str(file))


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: str(panel["title"]))
def test_each_panel_has_a_unit_thresholds_and_a_word_on_what_it_shows(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["thresholds"]["steps"][0]["value"] is None
    assert panel["description"].endswith(".")


def test_care_stands_on_top_of_the_board_and_no_panel_lies_on_another() -> None:
    assert (BOARD["panels"][0]["type"], BOARD["panels"][0]["title"]) == ("row", "Care")
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_every_metric_is_on_the_board_or_in_an_alert_and_in_the_document() -> None:
    asked = set(METRIC.findall(" ".join(query for _, query in queries())))
    bases = {re.sub(r"_(total|sum|count|bucket|created)$", "", name) for name in asked}
    own = {family.name for family in registry.REGISTRY.collect() if family.name.startswith("charley_")}
    assert own - bases == set()
    assert [name for name in own if f"`{name}" not in MONITORING] == []


async def page_of(url: str) -> Page:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as reply:
        assert reply.status == 200
        return parse(await reply.text())


@pytest.mark.parametrize(
    "path", ["/metrics", "/health/live", "/health/ready", "/health", "/widget/../metrics"]
)
async def test_what_watches_a_worker_is_not_for_the_public(path: str, several: Cluster) -> None:
    own = f"http://127.0.0.1:{several.workers[0].port}"
    reader, writer = await asyncio.open_connection("127.0.0.1", several.nginx.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: charley\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode(errors="replace")
    writer.close()
    assert answer.split()[1] in ("400", "404"), answer[:200]
    assert "charley_" not in answer
    await page_of(own)


def test_prometheus_reads_what_a_worker_tells(several: Cluster) -> None:
    url = f"http://127.0.0.1:{several.workers[0].port}/metrics"
    with urllib.request.urlopen(url, timeout=10) as reply:
        told = reply.read()
    checked = subprocess.run(
        [binary("promtool"), "check", "metrics"], input=told, capture_output=True, timeout=60
    )
    assert checked.returncode == 0, checked.stderr


async def test_each_worker_counts_its_own(several: Cluster, person: Person) -> None:
    urls = [f"http://127.0.0.1:{worker.port}" for worker in several.workers]
    before = [(await page_of(url)).of("charley_messages_total", channel="rest") for url in urls]
    await person.say("hello", at=urls[0])
    after = [(await page_of(url)).of("charley_messages_total", channel="rest") for url in urls]
    assert [late - early for late, early in zip(after, before, strict=True)] == [1, 0]


@pytest.mark.parametrize(
    ("fault", "service"),
    [
        ("postgres", "tracker_store"),
        ("redis", "locks"),
        ("redis", "sockets"),
        ("rabbit", "events"),
        ("actions", "action_server"),
    ],
)
async def test_a_service_that_is_away_is_told_of_while_the_worker_stays_ready(
    fault: str, service: str, several: Cluster, person: Person
) -> None:
    url = f"http://127.0.0.1:{several.workers[0].port}"
    state: dict[str, Any] = {}

    async def look() -> dict[str, Any]:
        async with aiohttp.ClientSession() as http, http.get(f"{url}/health/ready") as reply:
            assert reply.status == 200
            state.update(await reply.json())
        return state

    async def until_it_is(wanted: str) -> None:
        end = time.monotonic() + BACK_SECONDS
        while (await look())["services"][service] != wanted:
            assert time.monotonic() < end, f"{service} is {state['services'][service]}"
            await person.say("which foods have magnesium?", at=url)

    client = await Client().open(Site(url, Path()))  # who is there to be told by other servers
    await until_it_is("up")
    with several.fault(fault, "drop"):
        await until_it_is("away")
        assert (await page_of(url)).of("charley_service_up", service=service) == 0
        assert state["checks"] == {"model": "ok", "guard": "ok", "turns": "ok", "running": "ok"}
    await until_it_is("up")
    await client.close()


async def test_a_worker_that_is_told_to_stop_is_not_ready_from_then_on(several: Cluster) -> None:
    """A turn is under way that the action server holds up; as long as that goes on, its address answers."""
    worker, url = several.spare, f"http://127.0.0.1:{several.spare.port}"
    await asyncio.to_thread(worker.start)
    try:
        async with Person(url) as someone, aiohttp.ClientSession() as http:
            with several.fault("actions", "hang"):
                turn = asyncio.create_task(someone.say("which foods have magnesium?", at=url))
                async with http.get(f"{url}/health/ready") as reply:
                    assert reply.status == 200
                assert worker._process is not None
                worker._process.terminate()
                statuses = set()

                async def look() -> None:
                    async with http.get(f"{url}/health/ready") as reply:
                        statuses.add(reply.status)

                while 503 not in statuses and not turn.done():
                    await look()
                await turn
            assert 503 in statuses
        await until(lambda: worker._process is not None and worker._process.poll() is not None)
    finally:
        worker.kill()


def test_where_services_are_required_a_missing_program_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, REQUIRED, "required")
    with pytest.raises(pytest.fail.Exception):
        binary("no-such-program")
