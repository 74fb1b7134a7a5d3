"""The real PostgreSQL, Redis, RabbitMQ and nginx, each on ports of loopback and in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_ports

REQUIRED = "CHARLEY_SERVICES"  # "required": a missing service fails the tests that need it
START_SECONDS = 300  # on a machine that has other things to do
SYSTEM_USER = "postgres"  # PostgreSQL refuses to run as root


def binary(name: str, *places: str) -> str:
    """The path of a program; skips the test, or fails it where services are required, if there is none."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", *places])
    found = shutil.which(name, path=path)
    if found is None:
        message = f"{name} is not installed: apt-get install postgresql redis-server rabbitmq-server nginx"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(message)
        pytest.skip(message)
    return found


def postgres_binary(name: str) -> str:
    return binary(name, *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"))))


class Service:
    """A program that listens on a port, can be killed, and started again with what it had stored."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return {}

    def user(self) -> str | None:
        return None

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env={**os.environ, **self.environment()},
                start_new_session=True,
                user=self.user(),
                group=self.user(),
            )
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            log = (self.home / "log").read_text(errors="replace")
            assert self._process is not None
            assert self._process.poll() is None, f"{type(self).__name__} died: {log[-2000:]}"
            assert time.monotonic() < until, f"{type(self).__name__} does not start: {log[-2000:]}"
            time.sleep(0.1)

    def answers(self) -> bool:
        return listens(self.port)

    @property
    def pid(self) -> int:
        """Of the process that was started; it may have others."""
        assert self._process is not None
        return self._process.pid

    def terminate(self) -> None:
        """Ask it to stop, and don't wait."""
        assert self._process is not None
        self._process.terminate()

    def ended(self, seconds: float = START_SECONDS) -> int:
        """The exit code, once it has ended by itself."""
        assert self._process is not None
        return self._process.wait(seconds)

    def kill(self) -> None:
        """At once, with all that it started."""
        if self._process is not None:
            subprocess.run(["kill", "-9", "--", f"-{self._process.pid}"], check=False, capture_output=True)
            self._process.wait()
            while listens(self.port):  # what it started takes a moment more
                time.sleep(0.05)
            self._process = None


class Postgres(Service):
    @property
    def url(self) -> str:
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        return f"postgresql://charley@127.0.0.1:{port}/charley"

    def user(self) -> str | None:
        return SYSTEM_USER if os.geteuid() == 0 else None

    def command(self) -> Sequence[str]:
        durable = ["-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=60"]
        where = ["-D", "data", "-p", str(self.port), "-k", str(self.home), "-h", "127.0.0.1"]
        return [postgres_binary("postgres"), *where, *durable]

    def start(self) -> None:
        new = not (self.home / "data").exists()
        if new:
            self._make()
        super().start()
        if new:
            self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "charley", "charley")

    def _make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.home, SYSTEM_USER)
            for folder in self.home.parents:  # pytest's are for their maker alone
                if folder.stat().st_mode & 0o011 != 0o011 and folder.stat().st_uid == 0:
                    folder.chmod(folder.stat().st_mode | 0o011)
        self.run(
            "initdb",
            "-D",
            "data",
            "-U",
            "charley",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )

    def run(self, name: str, *arguments: str) -> str:
        done = subprocess.run(
            [postgres_binary(name), *arguments],
            cwd=self.home,
            user=self.user(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self) -> bool:
        ready = [postgres_binary("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return subprocess.run(ready, check=False).returncode == 0


class Redis(Service):
    def url_at(self, port: int) -> str:
        return f"redis://127.0.0.1:{port}/0"

    def command(self) -> Sequence[str]:
        kept_nowhere = ["--save", "", "--appendonly", "no"]
        return [binary("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", *kept_nowhere]


class Rabbit(Service):
    def url_at(self, port: int) -> str:
        return f"amqp://guest:guest@127.0.0.1:{port}/"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._epmd, self._between = free_ports(2)

    def environment(self) -> Mapping[str, str]:
        return {
            "HOME": str(self.home),
            "RABBITMQ_NODENAME": f"charley{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._between),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "none"),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def command(self) -> Sequence[str]:
        # Not the one in /usr/sbin, which changes to a user of its own.
        return [
            binary("rabbitmq-server", "/usr/lib/rabbitmq/bin").replace("/usr/sbin", "/usr/lib/rabbitmq/bin")
        ]

    def kill(self) -> None:
        super().kill()
        names = {**os.environ, **self.environment()}
        subprocess.run([binary("epmd"), "-kill"], env=names, check=False, capture_output=True)


class Nginx(Service):
    """The configuration that is shipped, with these ports."""

    def __init__(self, home: Path, workers: Sequence[int], actions: Sequence[int]) -> None:
        super().__init__(home)
        self.inside, self.tls = free_ports(2)
        shutil.copytree(ROOT / "deploy" / "nginx", home / "conf")
        self.write("listen", f"listen 127.0.0.1:{self.port};")
        self.write("listen-inside", f"listen 127.0.0.1:{self.inside};")
        upstreams = (home / "conf" / "upstreams.conf").read_text(encoding="utf-8")
        for shipped, ports in ((5005, workers), (5055, actions)):
            line = next(line for line in upstreams.splitlines() if f":{shipped} " in line)
            upstreams = upstreams.replace(
                line, "\n".join(line.replace(f":{shipped} ", f":{port} ") for port in ports)
            )
        self.write("upstreams", upstreams)
        webhooks = (home / "conf" / "webhooks.conf").read_text(encoding="utf-8")
        self.write("webhooks", webhooks.replace("# /webhooks/rest", "/webhooks/rest"))

    def write(self, name: str, text: str) -> None:
        (self.home / "conf" / f"{name}.conf").write_text(text, encoding="utf-8")

    def command(self) -> Sequence[str]:
        configuration = str(self.home / "conf" / "nginx.conf")
        return [binary("nginx"), "-p", str(self.home), "-c", configuration, "-g", "daemon off;"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
