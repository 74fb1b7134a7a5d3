"""The audit: what is new fails, what does not fit the lock fails, a database that is silent is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from scripts.audit import check, databases, page, record
from scripts.audit.record import BadRecord, Record
from tests.conftest import ROOT, free_ports

KNOWN = {"id": "GHSA-x4wf-678h-2pmq", "name": "keras", "aliases": ["CVE-2024-3660"]}
NEW = {"id": "GHSA-aaaa-bbbb-cccc", "name": "click", "aliases": ["CVE-2099-0001"]}


class Database(BaseHTTPRequestHandler):
    """As OSV answers (https://google.github.io/osv.dev/api/), with the advisories it is given."""

    advisories: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        told = [
            [row for row in self.advisories if row["name"] == query["package"]["name"]] for query in asked
        ]
        self._say({"results": [{"vulns": [_advisory(row) for row in rows]} if rows else {} for rows in told]})

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        self._say(_advisory(next(row for row in self.advisories if row["id"] == name)))

    def _say(self, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is the test's."""


def _advisory(row: dict[str, Any]) -> dict[str, Any]:
    affected = {
        "package": {"name": row["name"], "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
    }
    told = {"id": row["id"], "aliases": row["aliases"], "summary": "it breaks", "affected": [affected]}
    return {**told, "modified": "2026-01-01T00:00:00Z"}


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """A database on loopback, which uv asks; the list is what it knows."""
    Database.advisories = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Database) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(databases.ADDRESS, f"http://127.0.0.1:{server.server_address[1]}/")
        yield Database.advisories
        server.shutdown()


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database answers."""
    (nowhere,) = free_ports(1)
    monkeypatch.setenv(databases.ADDRESS, f"http://127.0.0.1:{nowhere}/")
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{nowhere}/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.fixture(scope="module")
def judged() -> Record:
    return record.load(ROOT)


def audit(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.audit", "check", *options],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_a_finding_that_is_judged_passes(osv: list[dict[str, Any]]) -> None:
    osv.append(KNOWN)
    (found,) = databases.osv(ROOT)
    assert (found.name, found.version) == ("keras", "2.12.0")
    assert set(found.ids) == {"GHSA-x4wf-678h-2pmq", "CVE-2024-3660"}


def test_a_finding_that_nobody_has_judged_fails(osv: list[dict[str, Any]]) -> None:
    osv += [KNOWN, NEW]
    done = audit()
    assert done.returncode == 1
    assert "NEW: click 8.5.1: GHSA-aaaa-bbbb-cccc, CVE-2099-0001: it breaks. Fixed in 99.1." in done.stdout
    assert "NEW: keras" not in done.stdout
    assert "1 findings told by the databases are judged" in done.stdout


def test_what_the_database_no_longer_tells_is_named_and_passes(osv: list[dict[str, Any]]) -> None:
    osv.append(KNOWN)
    done = audit()
    assert "for good): wheel CVE-2026-24049" in done.stdout
    assert "for good): keras CVE-2024-3660" not in done.stdout
    assert done.returncode == 0


@pytest.mark.usefixtures("silence")
def test_a_silent_database_is_told_and_is_no_silent_pass() -> None:
    done = audit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT ASKED: OSV, about uv.lock: uv audit: cause:" in done.stdout
    assert "NOT ASKED: npm, about the widget: npm audit:" in done.stdout
    assert "No live database was asked. What holds is the record of 2" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.usefixtures("silence")
def test_where_an_answer_is_wanted_a_silent_database_fails() -> None:
    assert audit("--live").returncode == 1


@pytest.fixture
def asked_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told by either database."""
    for name in ("osv", "npm"):
        monkeypatch.setattr(databases, name, lambda root: [])


@pytest.mark.usefixtures("asked_nobody")
def test_every_judgement_fits_the_lock(judged: Record) -> None:
    assert check.check(judged, ROOT).unfit == []


@pytest.mark.usefixtures("asked_nobody")
def test_a_judgement_of_another_version_does_not_fit(judged: Record) -> None:
    (keras,) = [package for package in judged.packages if package.name == "keras"]
    older = replace(judged, packages=(replace(keras, version="2.11.0"),), clear=())
    found = check.check(older, ROOT)
    assert found.unfit == ["keras was judged at 2.11.0; the lock has 2.12.0"]
    assert found.failed()


def test_npms_answer_is_read_as_npm_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            "ws": {
                "name": "ws",
                "via": [
                    {
                        "name": "ws",
                        "title": "it breaks",
                        "url": "https://github.com/advisories/GHSA-96hv-2xvq-fx4p",
                        "range": ">=8.0.0 <8.21.0",
                    }
                ],
            },
            "engine.io-client": {"name": "engine.io-client", "via": ["ws"]},
        },
    }
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\nexec cat {tmp_path / 'answer.json'}\n", encoding="utf-8")
    npm.chmod(0o755)
    (tmp_path / "answer.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (found,) = databases.npm(ROOT)
    assert (found.name, found.ids) == ("ws", ("GHSA-96hv-2xvq-fx4p",))


def test_the_page_says_what_the_record_says(judged: Record) -> None:
    assert page.is_current(judged, ROOT), "make it anew with: python -m scripts.audit page"


def test_each_judgement_says_what_contains_it_and_names_its_proof(judged: Record) -> None:
    bare = [package.name for package in judged.packages if not (package.tests or package.never)]
    assert bare == ["pytest"]  # not installed where Charley answers


def test_no_finding_is_named_twice(judged: Record) -> None:
    names = list(judged.ids())
    assert len(names) == len(set(names)) > 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packages: [", "docs/vulnerabilities.yml is no YAML"),
        ("judged: 2026-01-01", "lacks or has too much of something: 'source'"),
        ("{judged: 1, source: s, clear: [], packages: [{findings: [], nmae: x}]}", "'nmae'"),
    ],
)
def test_a_record_that_can_not_be_read_is_told_in_a_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / record.RECORD).write_text(text, encoding="utf-8")
    with pytest.raises(BadRecord) as caught:
        record.load(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
