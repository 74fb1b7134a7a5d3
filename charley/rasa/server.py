"""Runs the whole assistant on this machine, on loopback only (`running`), or one of its servers (`serve_…`)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import NoReturn

import yaml

from charley.knowledge import MODEL_VARIABLE, KnowledgeError, read_model
from charley.rasa.secret import DEVELOPMENT_VARIABLE, NoSecret, secret_at_hand
from charley.rasa.services import addresses

HOST = "127.0.0.1"
PORT = 5005  # of the chat page, unless another is asked for
START_SECONDS = 180  # a slow machine takes over a minute to import TensorFlow
STOP_SECONDS = 25  # in which Rasa ends by itself (charley/rasa/channel.py)
VAR = Path("var")
PYTHON = (sys.executable, "-W", "ignore", "-m")
# Bytes of a request's body, which Sanic would take up to 100 MB of.
MAX_REQUEST = 100_000  # channels take less
MAX_TALK = 8_000_000  # that an action server is sent: a whole talk, where it is long
RUNNING = VAR / "running.json"  # while it runs: where, since when, with which model


class ServerFailed(RuntimeError):
    """The assistant can't run; the message says why and what to do, in a line."""


@dataclass(frozen=True)
class Child:
    """A process that we started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    health: str

    def last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.health, timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def require_free(port: int, variable: str) -> None:
    """Raise ServerFailed if a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            hint = f"choose another with: make run {variable}={port + 1}"
            raise ServerFailed(f"Port {port} is in use by another program; {hint}") from error


@contextmanager
def running(
    model: Path,
    port: int,
    action_port: int,
    endpoints: Path = Path("endpoints.yml"),
    credentials: Path = Path("credentials.yml"),
    knowledge: Path | None = None,
) -> Iterator[Sequence[Child]]:
    """Start both servers, wait until both answer, and stop them at the end.

    Args:
        model: what Rasa serves.
        endpoints: as Rasa reads it; the action server's address is filled in.
        credentials: as Rasa reads it.
        knowledge: the model whose snapshot of data/ the actions answer from; `model` unless given.

    Raises:
        ServerFailed: if a port is taken, or a server dies or does not answer in time.
    """
    require_free(port, "PORT")
    require_free(action_port, "ACTION_PORT")
    VAR.mkdir(exist_ok=True)
    model = model.resolve()  # both servers read the same one, even if another is put in service meanwhile
    # For loopback: a secret may be made here.
    environment = {**surroundings(knowledge or model), DEVELOPMENT_VARIABLE: "1"}
    of_actions = {**surroundings(knowledge or model, MAX_TALK), DEVELOPMENT_VARIABLE: "1"}
    children: list[Child] = []
    try:
        actions = action_command(action_port)
        children.append(_start("action server", actions, f"http://{HOST}:{action_port}/health", of_actions))
        rasa = rasa_command(model, port, _endpoints(endpoints, action_port), credentials)
        children.append(_start("Rasa", rasa, f"http://{HOST}:{port}/webhooks/rest/", environment))
        _wait(children)
        _tell(model, port)
        yield children
    finally:
        RUNNING.unlink(missing_ok=True)
        for child in reversed(children):  # Rasa first: what it finishes may need an action
            child.process.terminate()
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def surroundings(knowledge: Path, most: int = MAX_REQUEST) -> dict[str, str]:
    """The environment of a server, on top of the one here.

    Args:
        knowledge: the model whose snapshot of data/ the actions answer from.
        most: bytes of a request; MAX_TALK for an action server.
    """
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_HOST": HOST,
        "SANIC_REQUEST_MAX_SIZE": str(most),
        MODEL_VARIABLE: str(knowledge),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # One message is too little to share out: threads that wait for each other took half of a worker's time.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "LOG_LEVEL": "WARNING",
    }


def action_command(port: int) -> list[str]:
    """What starts an action server, which listens on SANIC_HOST."""
    return [*PYTHON, "rasa_sdk", "--actions", "actions", "--port", str(port), "--quiet"]


def rasa_command(model: Path, port: int, endpoints: Path, credentials: Path, host: str = HOST) -> list[str]:
    """What starts a Rasa server."""
    where = ["--model", str(model), "--interface", host, "--port", str(port)]
    files = ["--endpoints", str(endpoints), "--credentials", str(credentials)]
    return [*PYTHON, "rasa", "run", "--quiet", *where, *files]


def serve_rasa(model: Path, host: str, port: int, endpoints: Path, credentials: Path) -> NoReturn:
    """Become a Rasa server: this very process, so that a container's signals reach it.

    Raises:
        ServerFailed: if the model, a file or the secret is lacking, or an address is none.
    """
    for file in (endpoints, credentials):
        if not file.is_file():
            raise ServerFailed(
                f"There is no file {file}; name another with --{file.stem}, or start in its folder."
            )
    try:
        secret_at_hand()
        addresses.check()
        if addresses.address(addresses.DATABASE) is None:
            _require_place(endpoints)
    except (NoSecret, addresses.AddressError) as error:
        raise ServerFailed(str(error)) from None
    model = _checked(model)
    command = rasa_command(model, port, endpoints, credentials, host)
    _become(command, {**surroundings(model), "SANIC_HOST": host})


def serve_actions(model: Path, host: str, port: int) -> NoReturn:
    """Become an action server that answers from the snapshot in `model`; as `serve_rasa`.

    Raises:
        ServerFailed: if the model is lacking or none.
    """
    model = _checked(model)
    _become(action_command(port), {**surroundings(model, MAX_TALK), "SANIC_HOST": host})


def _require_place(endpoints: Path) -> None:
    """Raise ServerFailed if the SQLite file that the endpoints name can't be written."""
    store = (yaml.safe_load(endpoints.read_text(encoding="utf-8")) or {}).get("tracker_store") or {}
    if store.get("dialect") != "sqlite":
        return
    folder = Path(store["db"]).parent
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        ways = f"set {addresses.DATABASE}, or let this user write there"
        raise ServerFailed(f"Conversations can't be kept in {folder.resolve()}: {ways}.")


def _checked(model: Path) -> Path:
    """The file that is in service now, even if another is put there later. Raises ServerFailed if it is no model."""
    if not model.exists():
        raise ServerFailed(f"There is no model at {model}. Train one with: make train")
    try:
        read_model(model)  # Rasa would start without it, and the actions find out at the first question
    except KnowledgeError as error:
        why = str(error).splitlines()[0].rstrip(":")
        raise ServerFailed(f"{why}. Train a model with: make train") from None
    return model.resolve()


def _become(command: list[str], environment: dict[str, str]) -> NoReturn:
    os.execve(command[0], command, environment)


def watch(children: Sequence[Child]) -> None:
    """Return never; raise ServerFailed when a child dies."""
    while True:
        _require_alive(children)
        time.sleep(0.5)


def _start(name: str, command: Sequence[str], health: str, environment: dict[str, str]) -> Child:
    log = VAR / f"{name.lower().replace(' ', '-')}.log"
    with log.open("wb") as output:
        # A session of its own, so that ctrl-C reaches us alone and we stop the children in order.
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
    return Child(name, process, log, health)


def _wait(children: Sequence[Child]) -> None:
    started = time.monotonic()
    waiting = list(children)
    while waiting:
        _require_alive(children)
        waiting = [child for child in waiting if not child.answers()]
        seconds = time.monotonic() - started
        if seconds > START_SECONDS:
            names = " and ".join(child.name for child in waiting)
            raise ServerFailed(f"{names} did not answer within {START_SECONDS} seconds; see {waiting[0].log}")
        if waiting and sys.stdout.isatty():
            print(
                f"\rStarting the {' and '.join(c.name for c in waiting)} … {seconds:.0f} s ",
                end="",
                flush=True,
            )
        time.sleep(0.5)
    if sys.stdout.isatty():
        print()


def _tell(model: Path, port: int) -> None:
    """Let `charley status` know what was loaded."""
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    told = {"port": port, "started": started, "model": str(model), "made": model.stat().st_mtime_ns}
    RUNNING.write_text(json.dumps(told), encoding="utf-8")


def _require_alive(children: Sequence[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            raise ServerFailed(
                f"The {child.name} stopped (exit code {code}): {child.last_words()} (see {child.log})"
            )


def _endpoints(file: Path, action_port: int) -> Path:
    """The endpoints with this run's action server."""
    endpoints = yaml.safe_load(file.read_text(encoding="utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://{HOST}:{action_port}/webhook"
    path = VAR / "endpoints.yml"
    path.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
    return path
