"""`charley serve`: one server, as a container runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, free_ports
from tests.deploy.images import Image, contained
from tests.deploy.tools import UV, without
from tests.deploy.world import SECRET

pytestmark = pytest.mark.timeout(900)
PACKAGES = Path(sys.prefix)
ACTIONS_MEGABYTES = 120  # that an action server may take; its container gets 256


def charley(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHARLEY_")}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "charley", "serve", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
    )


def posted(url: str, body: Any) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with what a Rasa server reads beside the model."""
    for name in ("endpoints.yml", "credentials.yml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize("server", ["rasa", "actions"])
def test_without_a_model_it_says_so_in_a_line(server: str, files: Path) -> None:
    done = charley(server, cwd=files, CHARLEY_SECRET=SECRET)
    assert done.returncode == 1
    assert done.stderr == "There is no model at models/charley.tar.gz. Train one with: make train\n"


@pytest.mark.parametrize("server", ["rasa", "actions"])
def test_a_file_that_is_no_model_stops_it(server: str, files: Path) -> None:
    (files / "some.tar.gz").write_bytes(b"no archive")
    done = charley(server, "--model", "some.tar.gz", cwd=files, CHARLEY_SECRET=SECRET)
    assert done.returncode == 1
    assert done.stderr.startswith("some.tar.gz: ")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_secret_a_rasa_server_says_how_to_make_one(files: Path, model: Path) -> None:
    done = charley("rasa", "--model", model, cwd=files)
    assert done.returncode == 1
    assert "CHARLEY_SECRET is not set. Make one" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_address_that_is_none_stops_it_and_is_not_shown(files: Path, model: Path) -> None:
    address = "mysql://charley:pass@host/db"
    done = charley("rasa", "--model", model, cwd=files, CHARLEY_SECRET=SECRET, CHARLEY_DATABASE_URL=address)
    assert done.returncode == 1
    assert done.stderr.startswith("CHARLEY_DATABASE_URL must look like postgresql://")
    assert "pass@" not in done.stderr


def test_without_a_place_to_keep_conversations_it_does_not_start(files: Path, model: Path) -> None:
    (files / "var").write_text("in the way of the folder", encoding="utf-8")
    done = charley("rasa", "--model", model, cwd=files, CHARLEY_SECRET=SECRET)
    assert done.returncode == 1
    assert done.stderr.startswith("Conversations can't be kept in")
    assert "set CHARLEY_DATABASE_URL" in done.stderr


def test_outside_its_folder_it_names_the_file_that_it_misses(tmp_path: Path, model: Path) -> None:
    done = charley("rasa", "--model", model, cwd=tmp_path, CHARLEY_SECRET=SECRET)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no file endpoints.yml; name another with --endpoints")


def test_a_rasa_server_answers_from_a_tree_that_it_cannot_write_to_and_ends_when_told(tmp_path: Path) -> None:
    """As another user, who sees the image's folder, Python, and its secret in a file."""
    app = Image.read("rasa").lay_out(tmp_path / "app")
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    (app / "var").mkdir()
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    environment = {"CHARLEY_SECRET_FILE": str(secret), "HOST": "127.0.0.1", "PORT": str(port)}
    serve = ["serve", "rasa"]
    ready = f"{url}/health/ready"
    with contained(app, PACKAGES, serve, environment, ready, [secret], ["var"]) as server:
        with urllib.request.urlopen(f"{url}/health/live") as response:
            assert response.status == 200
        asked = {"sender": "someone", "message": "i have chest pain and can not breathe"}
        (reply, *_) = posted(f"{url}/webhooks/rest/webhook", asked)
        assert reply["metadata"]["care_level"] == "emergency"
        with urllib.request.urlopen(f"{url}/widget/charley-chat.js") as response:
            assert response.status == 200
        assert server.stop(60) == 0
    assert (app / "var" / "conversations.db").exists()
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log[-3000:]


@pytest.fixture(scope="module")
def packages_of_actions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image of the action server installs, from the lock."""
    if not UV.exists():
        without(str(UV), "make setup")
    made = tmp_path_factory.mktemp("actions") / "packages"
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(made)}
    environment.pop("VIRTUAL_ENV", None)
    command = [str(UV), "sync", "--frozen", "--quiet", "--only-group", "actions", "--python", str(python)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        without("the packages of the action server", done.stderr.strip().splitlines()[-1])
    return made


@pytest.mark.parametrize("package", ["rasa", "tensorflow", "spacy", "onnxruntime"])
def test_an_action_server_has_no_machine_learning_in_it(package: str, packages_of_actions: Path) -> None:
    python = packages_of_actions / "bin" / "python"
    done = subprocess.run([python, "-c", f"import {package}"], capture_output=True, text=True)
    assert f"ModuleNotFoundError: No module named '{package}'" in done.stderr


def asks_for_magnesium(messages: int = 1) -> dict[str, Any]:
    """What Rasa sends for "which foods have magnesium?" after so many messages."""
    message = {
        "text": "which foods have magnesium?",
        "intent": {"name": "ask_food_sources", "confidence": 0.99},
        "intent_ranking": [{"name": "ask_food_sources", "confidence": 0.99}],
        "entities": [{"entity": "subject", "value": "magnesium"}],
    }
    user = {"event": "user", "text": "hello", "parse_data": {"care": {"level": "none", "ok": True}}}
    events = [user] * messages
    state = {"latest_message": message, "slots": {}, "events": events, "paused": False, "active_loop": {}}
    tracker = {
        "sender_id": "someone",
        "latest_action_name": "action_listen",
        "followup_action": None,
        **state,
    }
    return {"next_action": "action_answer_question", "sender_id": "someone", "tracker": tracker, "domain": {}}


def test_an_action_server_answers_in_little_memory_and_ends_when_told(
    tmp_path: Path, packages_of_actions: Path
) -> None:
    app = Image.read("actions").lay_out(tmp_path / "app")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    environment = {"HOST": "127.0.0.1", "PORT": str(port)}
    with contained(app, packages_of_actions, ["serve", "actions"], environment, f"{url}/health") as server:
        (reply,) = posted(f"{url}/webhook", asks_for_magnesium())["responses"]
        assert "magnesium" in reply["text"].lower()
        assert reply["metadata"]["fact_ids"]
        long = asks_for_magnesium(2000)
        assert len(json.dumps(long)) > 150_000  # more than Rasa may be sent
        assert posted(f"{url}/webhook", long)["responses"] == [reply]
        print(f"an action server takes {server.megabytes:.0f} MB")
        assert server.megabytes < ACTIONS_MEGABYTES
        assert server.stop(30) in (0, -signal.SIGTERM)
