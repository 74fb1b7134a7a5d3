"""deploy/compose.yaml: one machine on which each container may do as little as can be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from charley.rasa.secret import MIN_LENGTH
from charley.rasa.services.addresses import EXAMPLES, SCHEMES
from tests.conftest import ROOT
from tests.deploy.images import Image
from tests.deploy.tools import check

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = {"nginx": "nginx", "rasa-a": "rasa", "rasa-b": "rasa", "actions-a": "actions", "actions-b": "actions"}
VARIABLE = re.compile(r"\$\{(\w+)")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What make-secrets.sh makes."""
    made = tmp_path / "secrets"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", made], check=True, capture_output=True)
    return made


def networks(service: str) -> set[str]:
    return set(SERVICES[service]["networks"])


@pytest.mark.parametrize("profile", ["", "events"])
def test_compose_itself_takes_the_file(profile: str) -> None:
    options = ["--profile", profile] if profile else []
    files = ["-f", DEPLOY / "compose.yaml", "--env-file", DEPLOY / "env.example"]
    done = check("docker-compose", *files, *options, "config", "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_nobody_in_particular_and_can_change_nothing(service: str) -> None:
    of = SERVICES[service]
    user, group = map(int, of["user"].split(":"))
    assert user > 0
    assert group > 0
    assert of["read_only"] is True
    assert of["cap_drop"] == ["ALL"]
    assert "cap_add" not in of
    assert "privileged" not in of
    assert of["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_takes_no_more_than_its_share(service: str) -> None:
    of = SERVICES[service]
    assert set(of["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert set(of["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_watched_comes_back_and_is_given_time_to_end(service: str) -> None:
    of = SERVICES[service]
    assert of["restart"] == "unless-stopped"
    assert "healthcheck" in of or Image.read(OWN[service]).last_stage.all("HEALTHCHECK")
    if service != "redis":  # holds nothing that is to be kept
        assert int(of["stop_grace_period"].rstrip("s")) > 10


def test_only_the_proxy_can_be_reached() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    ports = {port.rsplit(":")[-1] for port in SERVICES["nginx"]["ports"]}
    assert ports == {"8080", "8443"}  # not 5056, the way to the action servers


def test_the_stores_and_the_servers_are_cut_off_and_only_rasa_reaches_out() -> None:
    inner = {name for name, network in COMPOSE["networks"].items() if network.get("internal")}
    assert inner == {"servers", "stores"}
    assert [name for name in SERVICES if "outgoing" in networks(name)] == ["rasa-a", "rasa-b"]
    for store in ("postgres", "redis", "rabbitmq"):
        assert networks(store) == {"stores"}
    assert networks("actions-a") == networks("actions-b") == {"servers"}
    assert "stores" not in networks("nginx")


def test_nginx_finds_both_of_each_server_by_one_name() -> None:
    asked = Image.read("nginx").environment
    for of, variable in (("rasa", "CHARLEY_WORKERS"), ("actions", "CHARLEY_ACTIONS")):
        name = asked[variable].split(":")[0]
        found = [
            s for s in SERVICES if OWN.get(s) == of and name in SERVICES[s]["networks"]["servers"]["aliases"]
        ]
        assert len(found) == 2


def test_a_model_can_be_switched_in_one_server_after_the_other() -> None:
    for of in ("rasa", "actions"):
        first, second = (SERVICES[name] for name in (f"{of}-a", f"{of}-b"))
        assert first == second
        assert "${CHARLEY_TAG" in first["image"]


def test_every_secret_is_a_file_and_is_made(secrets: Path) -> None:
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"secrets/{name}"}
        assert (secrets / name).read_text(encoding="utf-8")
    taken = {
        s if isinstance(s, str) else s["source"] for of in SERVICES.values() for s in of.get("secrets", [])
    }
    assert taken == set(COMPOSE["secrets"])


def test_no_secret_stands_in_an_environment() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            secret = re.search("SECRET|PASSWORD|TOKEN|DATABASE|REDIS|RABBITMQ", variable)
            assert not secret or variable.endswith("_FILE"), variable
            assert "@" not in str(value)


def test_the_secrets_fit_each_other_and_are_made_once(secrets: Path) -> None:
    made = {path.name: path.read_text(encoding="utf-8") for path in secrets.iterdir()}
    assert len(made["charley_secret"]) >= MIN_LENGTH
    assert made["postgres_password"] in made["database_url"]
    assert made["redis_password"] in made["redis_url"]
    assert f"requirepass {made['redis_password']}\n" == made["redis.conf"]
    assert made["rabbitmq_password"] in made["rabbitmq_url"]
    assert f"default_pass = {made['rabbitmq_password']}\n" in made["rabbitmq.conf"]
    assert secrets.stat().st_mode & 0o077 == 0  # nobody else gets as far as the files
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", secrets], check=True, capture_output=True)
    assert made == {path.name: path.read_text(encoding="utf-8") for path in secrets.iterdir()}


def test_two_machines_never_have_the_same_secrets(secrets: Path, tmp_path: Path) -> None:
    other = tmp_path / "others"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", other], check=True, capture_output=True)
    for name in ("charley_secret", "postgres_password", "redis_password", "rabbitmq_password"):
        assert (secrets / name).read_text() != (other / name).read_text()


def test_charley_takes_the_addresses_that_are_made(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from charley.rasa.services import addresses

    for variable, name in (("DATABASE", "database"), ("REDIS", "redis"), ("RABBITMQ", "rabbitmq")):
        monkeypatch.setenv(f"CHARLEY_{variable}_URL_FILE", str(secrets / f"{name}_url"))
        assert addresses.address(f"CHARLEY_{variable}_URL")


def test_the_servers_are_told_of_nothing_that_charley_does_not_know() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "charley").rglob("*.py"))
    for variable in SERVICES["rasa-a"]["environment"]:
        assert variable.removesuffix("_FILE") in source
    assert {f"{variable}_FILE" for variable in SCHEMES if variable != "CHARLEY_ACTIONS_URL"} <= set(
        SERVICES["rasa-a"]["environment"]
    )
    assert "CHARLEY_ACTIONS_URL" in EXAMPLES


def test_the_example_names_what_can_be_chosen() -> None:
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?(\w+)=", example, re.MULTILINE)) - {"COMPOSE_PROFILES"}
    assert named == set(VARIABLE.findall((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    assert "SECRET=" not in example


def test_rabbitmq_runs_only_where_it_is_asked_for() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["rabbitmq"]
    assert SERVICES["rabbitmq"]["profiles"] == ["events"]
    assert not any("rabbitmq" in service.get("depends_on", {}) for service in SERVICES.values())


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in OWN])
def test_an_image_of_others_is_of_one_version(service: str) -> None:
    assert re.fullmatch(r"\w+:\d+(\.\d+){1,2}(-\w+)?", SERVICES[service]["image"])
