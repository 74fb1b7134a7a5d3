"""What keeps known weaknesses of the pinned packages out: docs/vulnerabilities.md names these tests."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import sys
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import yaml

from scripts.audit import record
from tests.conftest import ROOT, free_ports

pytestmark = pytest.mark.timeout(600)  # the first test waits for the servers
NEVER = [(package.name, module) for package in record.load(ROOT).packages for module in package.never]
IMPORTED = re.compile(r"^import time:.*\| +([\w.]+)$", re.MULTILINE)
LISTENS = "0A"  # https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
OF_RASA = (
    "rasa.graph_components.",
    "rasa.nlu.classifiers.regex_message_handler.",
    "rasa.core.policies.ensemble.",
)
RUNS_CODE = {"compile", "eval", "exec"}
MESSAGES = ("which foods have magnesium?", "my calf is swollen and i can not breathe", "tell me a joke")


class Servers:
    """Both servers, which write down all that they import.

    Attributes:
        ports: of Rasa and of the action server, each with its process.
    """

    def __init__(self, home: Path, ports: Sequence[tuple[int, int]]) -> None:
        self.ports = ports
        self._home = home

    def imports(self, log: str) -> set[str]:
        return set(IMPORTED.findall((self._home / "var" / log).read_text(errors="replace")))


@pytest.fixture(scope="module")
def servers(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """They have answered a question, an emergency and what is out of scope."""
    from charley.rasa import server

    home = tmp_path_factory.mktemp("servers")
    for name in ("endpoints.yml", "credentials.yml"):
        shutil.copy(ROOT / name, home / name)
    port, action_port = free_ports(2)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("PYTHONPROFILEIMPORTTIME", "1")
        with server.running(model, port, action_port) as children:
            for text in MESSAGES:
                body = json.dumps({"sender": "someone", "message": text}).encode()
                assert ask(f"http://127.0.0.1:{port}/webhooks/rest/webhook", "POST", body)[0] == 200
            processes = {child.name: child.process.pid for child in children}
            yield Servers(home, [(port, processes["Rasa"]), (action_port, processes["action server"])])


def ask(
    url: str, method: str = "GET", body: bytes | None = None, origin: str = ""
) -> tuple[int, dict[str, str]]:
    """The status of an answer and its headers, their names in small letters."""
    headers = {"Content-Type": "application/json", **({"Origin": origin} if origin else {})}
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, {name.lower(): value for name, value in reply.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}


def test_the_servers_write_down_what_they_import(servers: Servers) -> None:
    """Else the next test could not fail."""
    assert {"rasa", "sanic", "charley.care.guard", "tensorflow", "sentry_sdk"} <= servers.imports("rasa.log")
    assert {"rasa_sdk", "sanic", "charley.answers.compose"} <= servers.imports("action-server.log")


@pytest.mark.parametrize(("package", "module"), NEVER)
def test_no_server_imports_what_is_recorded_as_never_imported(
    package: str, module: str, servers: Servers
) -> None:
    imported = servers.imports("rasa.log") | servers.imports("action-server.log")
    assert [name for name in imported if name == module or name.startswith(f"{module}.")] == [], package


def test_the_action_server_has_neither_tensorflow_nor_rasa(servers: Servers) -> None:
    roots = {name.partition(".")[0] for name in servers.imports("action-server.log")}
    assert roots & {"tensorflow", "keras", "rasa", "aiohttp", "pymongo", "sentry_sdk", "jsonpickle"} == set()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_each_server_listens_on_its_own_port_and_no_other(servers: Servers) -> None:
    for port, process in servers.ports:
        assert listening(process) == {port}


def listening(process: int) -> set[int]:
    """The TCP ports that a process listens on."""
    places = [place.readlink() for place in Path(f"/proc/{process}/fd").iterdir() if place.is_symlink()]
    inodes = {str(place)[len("socket:[") : -1] for place in places if str(place).startswith("socket:[")}
    tables = [Path(f"/proc/{process}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTENS and row[9] in inodes}


def test_no_other_site_may_read_an_answer(servers: Servers) -> None:
    """Rasa puts sanic-cors in front of every route; without --cors it is given no origin to compare."""
    for port, _ in servers.ports:
        for path in ("/", "/webhooks/rest/webhook", "/webhook", "/health", "/domain"):
            for method in ("GET", "OPTIONS"):
                _, headers = ask(f"http://127.0.0.1:{port}{path}", method, origin="https://evil.example")
                assert [name for name in headers if name.startswith("access-control-")] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/model"),
        ("DELETE", "/model"),
        ("POST", "/model/train"),
        ("POST", "/model/parse"),
        ("POST", "/model/predict"),
        ("GET", "/domain"),
        ("GET", "/conversations/someone/tracker"),
        ("POST", "/conversations/someone/execute"),
    ],
)
def test_no_model_can_be_handed_to_a_running_server(method: str, path: str, servers: Servers) -> None:
    """Nor is a talk read or changed: Rasa's HTTP API is not switched on (CVE-2024-49375 needs it)."""
    port, _ = servers.ports[0]
    body = json.dumps({"model_file": "/tmp/evil.tar.gz"}).encode()
    assert ask(f"http://127.0.0.1:{port}{path}", method, None if method == "GET" else body)[0] == 404


def test_a_server_fetches_no_model_from_elsewhere() -> None:
    from charley.rasa.server import rasa_command

    command = rasa_command(Path("model.tar.gz"), 5005, Path("endpoints.yml"), Path("credentials.yml"))
    assert not {"--enable-api", "--remote-storage", "--cors"} & set(command)
    assert "models" not in yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))


def test_a_model_holds_data_and_nothing_that_could_be_run(model: Path) -> None:
    """JSON, YAML, and arrays of numbers, that numpy reads without pickle."""
    with tarfile.open(model) as archive:
        files = [member for member in archive.getmembers() if not member.isdir()]
        assert {Path(member.name).suffix for member in files} <= {".json", ".yml", ".npz"}
        assert all(member.isfile() for member in files)  # no link, no device
        for member in files:
            content = archive.extractfile(member)
            assert content is not None
            if member.name.endswith(".npz"):
                with np.load(io.BytesIO(content.read()), allow_pickle=False) as arrays:
                    assert all(arrays[name].dtype.kind in "fiub" for name in arrays.files)


def test_no_part_of_the_pipeline_is_made_of_tensorflow(model: Path) -> None:
    """All that a message goes through is Charley's, or hands it on; nothing of Charley's imports TensorFlow."""
    with tarfile.open(model) as archive:
        described = archive.extractfile("metadata.json")
        assert described is not None
        nodes = json.load(described)["predict_schema"]["nodes"].values()
    used = {node["uses"] for node in nodes}
    assert {name for name in used if not name.startswith(("charley.", *OF_RASA))} == set()
    assert any(name.startswith("charley.") for name in used)
    assert {name.partition(".")[0] for name in imported_by("charley", "actions")} & {
        "tensorflow",
        "keras",
    } == set()


def imported_by(*packages: str) -> set[str]:
    """What the sources of packages import, anywhere in them."""
    found: set[str] = set()
    for path in (path for package in packages for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return found


def test_charley_unpickles_nothing_and_runs_no_text() -> None:
    assert (
        imported_by("charley", "actions") & {"pickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
        == set()
    )
    called = {
        node.func.id
        for path in [*(ROOT / "charley").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & RUNS_CODE == set()


def test_rasa_never_decodes_with_jsonpickle() -> None:
    spec = find_spec("rasa")
    assert spec is not None
    assert spec.origin is not None
    sources = [path.read_text(encoding="utf-8") for path in Path(spec.origin).parent.rglob("*.py")]
    calls = {call for source in sources for call in re.findall(r"jsonpickle\.(\w+)\(", source)}
    assert calls == {"encode"}


def test_protobuf_is_not_the_pure_python_one() -> None:
    from google.protobuf.internal import api_implementation

    assert api_implementation.Type() == "upb"


class Elsewhere(BaseHTTPRequestHandler):
    """A platform that sends callers on, from /here to the address that it is told."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    onward: ClassVar[str] = ""

    def do_POST(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(307 if self.path.startswith("/here") else 200)
        self.send_header("Location", self.onward)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def platform() -> Iterator[str]:
    """Its address, by one name of this machine; it sends callers on to the other."""
    Elsewhere.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        Elsewhere.onward = f"http://localhost:{port}/elsewhere"
        yield f"http://127.0.0.1:{port}/here"
        server.shutdown()


async def test_a_call_that_sends_json_follows_no_redirect(platform: str) -> None:
    from charley.rasa.platforms.calls import Caller, NotSent

    caller = Caller("a platform")
    try:
        with pytest.raises(NotSent, match="307"):
            await caller.post(platform, {}, {"Authorization": "token"})
    finally:
        await caller.close()
    assert Elsewhere.asked == [("/here", "token")]


async def test_neither_twilio_s_form_nor_webex_s_question_is_carried_on(platform: str) -> None:
    from charley.answers.render import Message
    from charley.rasa.platforms.base import Incoming
    from charley.rasa.platforms.calls import NotSent
    from charley.rasa.platforms.twilio import Twilio
    from charley.rasa.platforms.webex import Webex
    from charley.rasa.secret import Pseudonyms

    pseudonyms = Pseudonyms(b"a secret of the tests, of thirty-two characters or more")
    account = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token", "TWILIO_API": platform}
    twilio = Twilio({**dict.fromkeys(Twilio.needs, "x"), **account}, pseudonyms)
    webex = Webex({**dict.fromkeys(Webex.needs, "x"), "WEBEX_API": platform}, pseudonyms)
    for call in (
        twilio.send("+15550001 +15550002", Message("hello")),
        webex.fetched(Incoming("1", "p", "r", "")),
    ):
        with pytest.raises(NotSent, match="307"):
            await call
    await twilio._caller.close()
    await webex._caller.close()
    assert len(Elsewhere.asked) == 2
    assert all(path.startswith("/here") for path, _ in Elsewhere.asked)
