"""Several workers and action servers behind nginx, over stores that can be cut off."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from charley.knowledge import MODEL_VARIABLE
from charley.rasa import server
from tests.conftest import ROOT, free_ports
from tests.deploy.proxy import FaultyProxy
from tests.deploy.services import START_SECONDS, Nginx, Postgres, Rabbit, Redis, Service

SECRET = "a secret of the tests, of thirty-two characters or more"
BACK_SECONDS = 30  # within which all is as before once a fault is over


class Server(Service):
    """A Rasa worker or an action server."""

    def __init__(
        self, home: Path, command: Sequence[str], port: int, health: str, environment: Mapping[str, str]
    ):
        super().__init__(home)
        self.port, self._command, self._environment = port, command, environment
        self._health = f"http://127.0.0.1:{port}{health}"

    def command(self) -> Sequence[str]:
        return self._command

    def environment(self) -> Mapping[str, str]:
        return self._environment

    def use(self, model: Path) -> None:
        """From its next start on."""
        command = list(self._command)
        if "--model" in command:  # an action server takes it from the environment alone
            command[command.index("--model") + 1] = str(model)
        self._command = command
        self._environment = {**self._environment, MODEL_VARIABLE: str(model)}

    def start(self) -> None:
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start it, and don't wait until it answers."""
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )

    def wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            log = (self.home / "log").read_text(errors="replace")
            assert self._process is not None
            assert self._process.poll() is None, log[-2000:]
            assert time.monotonic() < until, log[-2000:]
            time.sleep(0.2)

    def answers(self) -> bool:
        return server.Child("", self._process, self.home / "log", self._health).answers()  # type: ignore[arg-type]

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")


@dataclass
class Cluster:
    """All of it. What is `between` can be told to drop or to hang; what is itself, to die and to start again."""

    postgres: Postgres
    redis: Redis
    rabbit: Rabbit
    workers: Sequence[Server]
    actions: Sequence[Server]
    nginx: Nginx
    spare: Server  # a worker that nginx does not know of, not started
    between: Mapping[str, FaultyProxy] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.nginx.url

    @contextmanager
    def fault(self, name: str, mode: Any) -> Iterator[None]:
        """Drop or hang what goes to a service."""
        self.between[name].set(mode)
        try:
            yield
        finally:
            self.between[name].set("pass")

    def stored(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What PostgreSQL holds, asked directly."""
        connection = psycopg2.connect(self.postgres.url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def messages(self, text: str) -> int:
        """How many messages with this in them are stored."""
        sql = "select count(*) from events where type_name = 'user' and data::json->>'text' like %s"
        return int(self.stored(sql, f"%{text}%")[0][0])

    def taken(self, message_id: str) -> int:
        """How many messages with this id are stored."""
        sql = "select count(*) from events where type_name = 'user' and data::json->>'message_id' = %s"
        return int(self.stored(sql, message_id)[0][0])


@contextmanager
def cluster(home: Path, model: Path, workers: int = 2, actions: int = 2, **more: str) -> Iterator[Cluster]:
    """A cluster that runs; its folder is `home`.

    Args:
        more: further environment of all servers.
    """
    with ExitStack() as stack:
        stores = Postgres(home / "postgres"), Redis(home / "redis"), Rabbit(home / "rabbit")
        for store in stores:
            stack.callback(store.kill)
            store.start()
        postgres, redis, rabbit = stores
        *ports, last = free_ports(workers + actions + 1)
        nginx = Nginx(home / "nginx", ports[:workers], ports[workers:])
        stack.callback(nginx.kill)
        nginx.start()
        targets = {"postgres": postgres, "redis": redis, "rabbit": rabbit}
        proxied = [*(service.port for service in targets.values()), nginx.inside]
        between = {
            name: FaultyProxy(port, target)
            for name, port, target in zip([*targets, "actions"], free_ports(4), proxied, strict=True)
        }
        environment = {
            **server.surroundings(model),
            "CHARLEY_SECRET": SECRET,
            "CHARLEY_DATABASE_URL": postgres.url_at(between["postgres"].port),
            "CHARLEY_REDIS_URL": redis.url_at(between["redis"].port),
            "CHARLEY_RABBITMQ_URL": rabbit.url_at(between["rabbit"].port),
            "CHARLEY_ACTIONS_URL": f"http://127.0.0.1:{between['actions'].port}/webhook",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        environment.pop(server.DEVELOPMENT_VARIABLE, None)

        def made(name: str, command: list[str], port: int, health: str, most: int) -> Server:
            limit = {"SANIC_REQUEST_MAX_SIZE": str(most)}
            new = Server(home / name, command, port, health, {**environment, **limit})
            for file in ("endpoints.yml", "credentials.yml"):
                shutil.copy(ROOT / file, new.home / file)
            stack.callback(new.kill)
            return new

        def worker(port: int) -> Server:
            files = Path("endpoints.yml"), Path("credentials.yml")
            command = server.rasa_command(model, port, *files)
            return made(f"worker-{port}", command, port, "/webhooks/rest/", server.MAX_REQUEST)

        rasa = [worker(port) for port in ports[:workers]]
        acting = [
            made(f"actions-{p}", server.action_command(p), p, "/health", server.MAX_TALK)
            for p in ports[workers:]
        ]
        for each in (*rasa, *acting):
            each.begin()
        for each in (*rasa, *acting):
            each.wait()
        yield Cluster(postgres, redis, rabbit, rasa, acting, nginx, worker(last), between)


class Person:
    """Talks to a cluster by REST, from an address of its own."""

    def __init__(self, url: str, address: str = "127.0.0.1") -> None:
        self.id = uuid4().hex
        self._url, self._address = url, address
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Person:
        connector = TCPConnector(local_addr=(self._address, 0))
        self._session = ClientSession(connector=connector, timeout=ClientTimeout(total=30))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def say(
        self, message: Any, message_id: str | None = None, at: str | None = None
    ) -> list[dict[str, Any]]:
        """The replies. Raises whatever aiohttp does if it is not acknowledged with a 200.

        Args:
            at: the address of one server; nginx chooses one otherwise.
        """
        assert self._session is not None
        body = {"sender": self.id, "message": message, "message_id": message_id or uuid4().hex}
        url = f"{at or self._url}/webhooks/rest/webhook"
        async with self._session.post(url, json=body, raise_for_status=True) as response:
            replies: list[dict[str, Any]] = await response.json()
            return replies


def told(replies: Sequence[Mapping[str, Any]]) -> str:
    return "\n\n".join(reply["text"] for reply in replies)


async def until(condition: Callable[[], bool], seconds: float = BACK_SECONDS) -> None:
    """Wait until something is so; fail if it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.2)
