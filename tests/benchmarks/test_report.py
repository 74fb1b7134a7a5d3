"""The benchmark's table."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import report


def test_charley_is_told_as_a_share_of_the_others() -> None:
    figures = {"Charley": {"memory": 500.0}, "stock": {"memory": 1000.0}, "floor": {"memory": 400.0}}
    (row,) = [line for line in report.table(figures).splitlines() if "60 messages" in line]
    assert [cell.strip() for cell in row.strip("|").split("|")][1:] == [
        "500.0 MB",
        "1,000 MB",
        "400.0 MB",
        "0.50",
        "1.25",
    ]


def test_what_was_not_measured_is_left_open() -> None:
    table = report.table({"Charley": {"accuracy": 0.95}, "stock": {}, "floor": {}})
    assert "| 95.0 % | - | - | - | - |" in table


def test_a_new_table_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\nAbove.\n")
    monkeypatch.setattr(report, "PAGE", page)
    report.write("first")
    page.write_text(page.read_text() + "\nBelow.\n")
    report.write("second")
    text = page.read_text()
    assert "first" not in text
    assert text.index("Above.") < text.index("second") < text.index("Below.")
