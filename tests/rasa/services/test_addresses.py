"""Addresses from the environment: what is none is said in one line that shows no password."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from charley.rasa import server
from charley.rasa.services import addresses
from charley.rasa.services.addresses import DATABASE, IN_FILE, RABBITMQ, REDIS, AddressError, address
from tests.conftest import ROOT, free_ports

PASSWORD = "hush-hush"
GOOD = {
    DATABASE: ["postgresql://charley:hush-hush@db:5432/charley?sslmode=require", "postgres://db/charley"],
    REDIS: ["redis://:hush-hush@cache:6379/0", "rediss://cache", "redis://[::1]:6379"],
    RABBITMQ: ["amqp://charley:hush-hush@queue:5672/", "amqps://queue/%2fhealth"],
}
BAD = [
    (DATABASE, "db:5432", "does not begin with postgresql://"),
    (DATABASE, "mysql://charley:hush-hush@db/charley", "does not begin with postgresql://"),
    (DATABASE, "postgresql://charley:hush-hush@db", "names no database"),
    (DATABASE, "postgresql://charley:hush-hush@/charley", "names no host"),
    (DATABASE, "postgresql://charley:hush-hush@db:port/charley", "port is no number"),
    (DATABASE, "postgresql://charley:hush hush@db/charley", "has a space"),
    (REDIS, "redis://:hush-hush@cache:70000", "port is no number"),
    (REDIS, "redis://cache:6379/lock", "database is no number"),
    (REDIS, "http://cache", "does not begin with redis://"),
    (RABBITMQ, "rabbit", "does not begin with amqp://"),
    (RABBITMQ, "amqp://[queue", "is not written as one"),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in addresses.EXAMPLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable + IN_FILE, raising=False)


@pytest.mark.parametrize(("variable", "url"), [(v, url) for v, urls in GOOD.items() for url in urls])
def test_what_is_an_address_is_taken(variable: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, url)
    assert address(variable) == url
    addresses.check()


@pytest.mark.parametrize("variable", GOOD)
def test_without_its_variable_a_service_is_not_used(variable: str) -> None:
    assert address(variable) is None


@pytest.mark.parametrize(("variable", "url", "why"), BAD)
def test_what_is_none_is_refused_in_one_line_without_the_password(
    variable: str, url: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(AddressError, match=why) as raised:
        addresses.check()
    assert variable in str(raised.value)
    assert PASSWORD not in str(raised.value)
    assert "hush hush" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_address_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{GOOD[DATABASE][0]}\n", encoding="utf-8")
    monkeypatch.setenv(DATABASE + IN_FILE, str(file))
    assert address(DATABASE) == GOOD[DATABASE][0]


def test_a_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE + IN_FILE, str(tmp_path / "none"))
    with pytest.raises(
        AddressError, match=r"CHARLEY_DATABASE_URL_FILE names a file that can't be read: .*none"
    ):
        address(DATABASE)


def test_two_addresses_are_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, GOOD[DATABASE][0])
    monkeypatch.setenv(DATABASE + IN_FILE, str(tmp_path))
    with pytest.raises(AddressError, match="both set"):
        address(DATABASE)


def test_a_server_with_a_bad_address_says_so_and_stops(model: Path) -> None:
    (port,) = free_ports(1)
    files = ROOT / "endpoints.yml", ROOT / "credentials.yml"
    environment = {**server.surroundings(model), "CHARLEY_SECRET": "s" * 32, DATABASE: "postgresql://db"}
    done = subprocess.run(
        server.rasa_command(model, port, *files),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode != 0
    # The libraries' own warnings may stand around it.
    (told,) = (line for line in (done.stdout + done.stderr).splitlines() if DATABASE in line)
    assert "CHARLEY_DATABASE_URL must look like postgresql://" in told
    assert "names no database" in told
    assert "Traceback" not in done.stdout + done.stderr
