"""Charley and stock Rasa on the same machine, in the same surroundings: stores, proxy and action servers.

Each has workers, a database, a queue and an nginx (of the shipped configuration) of its own; the programs
behind them and the two action servers are the same for both. They are those of tests/deploy, which starts
the real ones on ports of loopback.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import yaml

from charley.rasa import server
from tests.conftest import ROOT, free_ports
from tests.deploy.services import Nginx, Postgres, Rabbit, Redis, Service
from tests.deploy.world import SECRET, Server

CHARLEY, STOCK = "Charley", "stock Rasa"
DATABASES = {CHARLEY: "charley", STOCK: "stock"}
QUEUES = {CHARLEY: "charley_events", STOCK: "stock"}
FILES = "endpoints.yml", "credentials.yml"


@dataclass
class Side:
    """One of the two assistants, as people reach it."""

    name: str
    workers: Sequence[Server]
    nginx: Nginx

    def use(self, count: int) -> None:
        """From now on nginx knows of the first `count` workers only."""
        path = self.nginx.home / "conf" / "upstreams.conf"
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, worker in enumerate(self.workers):
            address = f"server 127.0.0.1:{worker.port} "
            off, on = ("#", "") if number < count else ("", "#")
            lines = [
                line.replace(f"{off}{address}", f"{on}{address}", 1) if address in line else line
                for line in lines
            ]
        path.write_text("\n".join(lines), encoding="utf-8")
        os.kill(self.nginx.pid, signal.SIGHUP)


@dataclass
class Stores:
    """What both sides store in."""

    postgres: Postgres
    redis: Redis
    rabbit: Rabbit


@dataclass
class Deployment:
    """All of it, running."""

    stores: Stores
    actions: Sequence[Server]
    sides: Sequence[Side]

    def parts(self, side: Side) -> Mapping[str, Sequence[int]]:
        """The processes that work on a side's messages, by what they are."""
        return {
            "workers": [worker.pid for worker in side.workers],
            "action servers": [server.pid for server in self.actions],
            "PostgreSQL": [self.stores.postgres.pid],
            "Redis": [self.stores.redis.pid],
            "RabbitMQ": [self.stores.rabbit.pid],
            "nginx": [side.nginx.pid],
        }

    def asked(self, side: Side, sql: str) -> tuple[Any, ...]:
        """One row that PostgreSQL gives of a side's database."""
        url = self.stores.postgres.url.rpartition("/")[0] + f"/{DATABASES[side.name]}"
        connection = psycopg2.connect(url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                row: tuple[Any, ...] = cursor.fetchone()
                return row
        finally:
            connection.close()


@contextmanager
def deployment(
    home: Path, charley: Path, stock: Path | None, workers: int, tell: Callable[[str], None]
) -> Iterator[Deployment]:
    """Start everything, with as many workers of each side as will be used at most; stop it at the end.

    Args:
        charley, stock: the models; without `stock` Charley runs alone.
        tell: shows how far it is.
    """
    with ExitStack() as stack:

        def started(service: Service) -> None:
            stack.callback(service.kill)
            service.start()

        tell("Starting PostgreSQL, Redis and RabbitMQ …")
        stores = Stores(Postgres(home / "postgres"), Redis(home / "redis"), Rabbit(home / "rabbit"))
        for store in (stores.postgres, stores.redis, stores.rabbit):
            started(store)
        there = "-h", "127.0.0.1", "-p", str(stores.postgres.port), "-U", "charley"
        stores.postgres.run("createdb", *there, DATABASES[STOCK])
        models = {CHARLEY: charley, **({STOCK: stock} if stock else {})}
        action_ports = free_ports(2)
        sides = []
        for name, model in models.items():
            ports = free_ports(workers)
            nginx = Nginx(home / f"nginx-{DATABASES[name]}", ports, action_ports)
            started(nginx)
            environment = _environment(name, charley, stores, nginx)
            made = []
            for port in ports:
                folder = home / f"{DATABASES[name]}-{port}"
                endpoints, credentials = map(Path, FILES)
                command = server.rasa_command(model.resolve(), port, endpoints, credentials)
                worker = Server(folder, command, port, "/webhooks/rest/", environment)
                _write_files(name, folder, stores, nginx)
                made.append(worker)
            sides.append(Side(name, made, nginx))
        surroundings = {**server.surroundings(charley.resolve(), server.MAX_TALK), "PYTHONPATH": str(ROOT)}
        actions = [
            Server(home / f"actions-{port}", server.action_command(port), port, "/health", surroundings)
            for port in action_ports
        ]
        everything = [*actions, *(worker for side in sides for worker in side.workers)]
        tell(f"Starting {len(everything)} servers, which takes a minute or three …")
        for each in everything:
            stack.callback(each.kill)
            each.begin()
        for each in everything:
            each.wait()
        yield Deployment(stores, actions, sides)


def _environment(name: str, charley: Path, stores: Stores, nginx: Nginx) -> dict[str, str]:
    environment = {**server.surroundings(charley.resolve()), "PYTHONPATH": str(ROOT)}
    if name == CHARLEY:
        environment |= {
            "CHARLEY_SECRET": SECRET,
            "CHARLEY_DATABASE_URL": stores.postgres.url,
            "CHARLEY_REDIS_URL": stores.redis.url_at(stores.redis.port),
            "CHARLEY_RABBITMQ_URL": stores.rabbit.url_at(stores.rabbit.port),
            "CHARLEY_ACTIONS_URL": f"http://127.0.0.1:{nginx.inside}/webhook",
        }
    return environment


def _write_files(name: str, folder: Path, stores: Stores, nginx: Nginx) -> None:
    """The two files that Rasa reads: Charley's as they are, stock Rasa's with its own stores, broker and channel."""
    if name == CHARLEY:
        for file in FILES:
            shutil.copy(ROOT / file, folder / file)
        return
    endpoints = {
        "action_endpoint": {"url": f"http://127.0.0.1:{nginx.inside}/webhook"},
        "tracker_store": {
            "type": "SQL",
            "dialect": "postgresql",
            "url": "127.0.0.1",
            "port": stores.postgres.port,
            "db": DATABASES[name],
            "username": "charley",
        },
        "lock_store": {"type": "redis", "url": "127.0.0.1", "port": stores.redis.port, "db": 1},
        "event_broker": {
            "type": "pika",
            "url": "127.0.0.1",
            "port": stores.rabbit.port,
            "username": "guest",
            "password": "guest",
            "queues": [QUEUES[name]],
        },
    }
    for file, content in zip(FILES, (endpoints, {"rest": None}), strict=True):
        (folder / file).write_text(yaml.safe_dump(content), encoding="utf-8")
