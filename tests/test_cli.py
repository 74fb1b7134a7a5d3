"""The `charley` command as people run it, in processes of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_ports

COMMANDS = (
    "check",
    "train",
    "undo",
    "status",
    "withdraw",
    "run",
    "serve",
    "converse",
    "gaps",
    "purge",
    "export",
    "erase",
    "backup",
    "restore",
    "page",
    "inbox",
    "record",
    "coverage",
    "bench",
)


def charley(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "charley", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )


def break_a_fact(project: Path) -> None:
    """Let the first fact be about a subject that there is not."""
    path = project / "data" / "facts" / "facts.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[1].split(",", 2)
    path.write_text("".join([lines[0], f"{cells[0]},unobtainium,{cells[2]}", *lines[2:]]), encoding="utf-8")


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_check_is_content_with_the_projects_data(root: Path) -> None:
    done = charley("check", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "All is well: " in done.stdout.splitlines()[-1]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("flags/chest_pain.yml", "level: emergency", "level: soon", "chest_pain.yml:2: level: "),
        ("check_up.yml", "multiple: true", "multiple: perhaps", "check_up.yml:8: questions.0.multiple: "),
        ("numbers.csv", "GB,the UK", "UKX,the UK", "numbers.csv:4: country: "),
    ],
)
def test_broken_data_on_care_is_told_by_file_and_place(
    project: Path, file: str, old: str, new: str, told: str
) -> None:
    edit(project / "data" / "care" / file, old, new)
    done = charley("check", cwd=project)
    assert done.returncode == 1
    assert told in done.stdout
    assert "Traceback" not in done.stderr


def test_a_broken_table_is_told_by_file_row_and_column_and_stops_training(project: Path) -> None:
    break_a_fact(project)
    done = charley("train", cwd=project)
    assert done.returncode == 1
    assert "facts.csv, row 2, column subject: 'unobtainium' is not in subjects.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "models").exists()


def test_check_tells_of_every_problem_at_once(project: Path) -> None:
    break_a_fact(project)
    with (project / "data" / "facts" / "sources.csv").open("a", encoding="utf-8") as sources:
        sources.write("Bad Id,Title,Publisher,article,ftp://example.org,\n")
    done = charley("check", cwd=project)
    assert done.returncode == 1
    last = len((project / "data" / "facts" / "sources.csv").read_text(encoding="utf-8").splitlines())
    assert "data/facts/facts.csv:2: Column subject: 'unobtainium' is not in subjects.csv." in done.stdout
    assert all(f"data/facts/sources.csv:{last}: Column {column}: " in done.stdout for column in ("id", "url"))


@pytest.mark.parametrize(
    ("option", "variable"), [("--port", "PORT"), ("--action-port", "ACTION_PORT")], ids=["page", "actions"]
)
def test_run_says_in_a_line_that_a_port_is_in_use(
    option: str, variable: str, model: Path, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other = "--action-port" if option == "--port" else "--port"
        (free,) = free_ports(1)
        done = charley("run", "--model", model, option, port, other, free, cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Port {port} is in use by another program")
    assert f"make run {variable}=" in line


@pytest.mark.parametrize("arguments", [("run",), ("converse", "in.jsonl", "out.jsonl")], ids=lambda a: a[0])
def test_without_a_model_it_says_in_a_line_how_to_get_one(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "a", "turns": ["hi"]}\n', encoding="utf-8")
    done = charley(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "There is no model at models/charley.tar.gz. Train one with: make train"
    ]


def test_converse_says_in_a_line_that_there_is_no_such_file(root: Path, tmp_path: Path) -> None:
    done = charley("converse", tmp_path / "nothing.jsonl", tmp_path / "out.jsonl", cwd=root)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"There is no file {tmp_path / 'nothing.jsonl'}."]
    assert not (tmp_path / "out.jsonl").exists()


@pytest.fixture(scope="module")
def conversed(
    root: Path, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """Good and bad lines run through `charley converse`: how it ended, and what it wrote."""
    folder = tmp_path_factory.mktemp("converse")
    lines = [
        '{"id": "foods", "turns": ["which foods have magnesium?", "and potassium?"]}',
        '{"id": "cut off", "turns": ["hi"',
        "",
        '{"id": "no turns"}',
        '{"id": 5, "turns": ["hi"]}',
        '["no object"]',
        '{"id": "pressed", "turns": [{"payload": "/ask_relief", "title": "Relief right now"}], "more": 1}',
        '{"id": "chest", "turns": ["i have chest pain", "", "start again"]}',
    ]
    (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = charley("converse", folder / "in.jsonl", folder / "out.jsonl", "--model", model, cwd=root)
    return done, lines_of(folder / "out.jsonl")


def test_converse_answers_every_good_line_in_order(conversed: Any) -> None:
    _, replies = conversed
    assert [line["id"] for line in replies] == ["foods", "pressed", "chest"]


def test_converse_names_each_bad_line_by_number_and_ends_with_one(conversed: Any) -> None:
    done, _ = conversed
    assert done.returncode == 1
    told = [line.split("in.jsonl, ")[1] for line in done.stderr.splitlines() if "in.jsonl, line" in line]
    assert [line.split(":")[0] for line in told] == ["line 2", "line 4", "line 5", "line 6"]
    assert "is not JSON" in told[0]
    assert "turns" in told[1]
    assert "Traceback" not in done.stderr


def test_converse_tells_intent_subjects_level_and_replies_of_each_turn(conversed: Any) -> None:
    _, (foods, pressed, chest) = conversed
    first, follow_up = foods["turns"]
    assert first["text"] == "which foods have magnesium?"
    assert first["intent"]["name"] == "ask_food_sources"
    assert first["entities"] == [{"entity": "subject", "value": "magnesium"}]
    assert first["care_level"] == "none"
    assert set(first["replies"][0]) == {"text", "buttons", "metadata"}
    assert any(id_.startswith("potassium") for id_ in follow_up["replies"][0]["metadata"]["fact_ids"])
    assert pressed["turns"][0]["text"] == "Relief right now"
    assert [turn["care_level"] for turn in chest["turns"]] == ["emergency"] * 3
    assert chest["turns"][1]["intent"] is None, "an empty message never reaches the model"


def test_help_lists_every_command(root: Path) -> None:
    done = charley("--help", cwd=root)
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does(command: str, root: Path) -> None:
    done = charley(command, "--help", cwd=root)
    assert done.returncode == 0
    assert f"charley {command}" in done.stdout
    assert len(done.stdout.strip().splitlines()) > 3
