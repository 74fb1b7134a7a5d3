"""The figures of the load, and what the pages make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.load import plan, report
from benchmarks.load.plan import Assumptions, Measured, text


@pytest.fixture(autouse=True)
def in_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.fixture
def measured() -> Measured:
    return plan.of(json.loads(plan.FIGURES.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", report.PAGES)
def test_the_pages_say_what_follows_from_the_figures(name: str) -> None:
    figures = json.loads(plan.FIGURES.read_text(encoding="utf-8"))
    assert report.written(name) == report.blocks(figures)[name]


def test_the_page_on_scaling_names_what_is_assumed(root: Path) -> None:
    page = (root / "docs" / "scaling.md").read_text(encoding="utf-8")
    given = Assumptions()
    for said in (
        f"{given.turns:.0f} messages of a person",
        f"{given.peak:.0f} times the mean",
        f"{given.busy:.0%}".replace("%", " %"),
        f"kept for {given.days} days",
        f"{given.core_month:.0f} for a core",
        f"{given.store_month:.0f} for a managed PostgreSQL",
    ):
        assert said in " ".join(page.split())


def _workers(shown: str) -> int:
    (line,) = (line for line in shown.splitlines() if "Rasa workers" in line)
    return int(line.split("|")[2].split()[0])


def test_twice_as_many_conversations_take_twice_as_many_workers(measured: Measured) -> None:
    given = Assumptions()
    once = _workers(text(measured, given))
    twice = _workers(text(measured, replace(given, conversations=2 * given.conversations)))
    assert abs(twice - 2 * once) <= 1


def test_a_message_in_half_the_time_takes_half_the_workers(measured: Measured) -> None:
    once = _workers(text(measured))
    assert abs(2 * _workers(text(replace(measured, worker=measured.worker / 2))) - once) <= 1


def test_rounds_of_a_measurement_count_as_one() -> None:
    def cell(seconds: float, latencies: list[float]) -> dict[str, object]:
        spent = {"workers": 2.0, "Redis": 0.5, "client": 0.5}
        same = {"system": "Charley", "workers": 1, "failed": 1, "processor": spent}
        return {**same, "seconds": seconds, "latencies": latencies}

    (found,) = report.summary([cell(10, [0.1] * 50), cell(10, [0.3] * 50)]).values()
    assert found["Charley"]["rate"] == 5
    assert found["Charley"]["p50"] == pytest.approx(0.2)
    assert found["Charley"]["failed"] == 2
    assert found["Charley"]["workers"] == pytest.approx(0.04)
    assert found["Charley"]["client"] == pytest.approx(1 / 6)
