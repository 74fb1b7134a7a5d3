"""The images: what is in them, who runs them, and that the proxy's configuration is one that nginx takes."""

from __future__ import annotations

import http.server
import re
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import ROOT, free_ports
from tests.deploy.images import IMAGES, Image, is_ignored
from tests.deploy.services import Nginx, binary
from tests.deploy.tools import check, exported

NAMES = ("rasa", "actions", "nginx")
HIDDEN = """
    .git .git/config .venv/bin/python var/conversations.db var/secret data/facts/facts.csv tests docs/widget.md
    deploy/secrets/charley_secret deploy/.env deploy/tls/privkey.pem models/bench.tar.gz widget/node_modules
    charley/rasa/__pycache__/server.cpython-310.pyc
""".split()
LABELS = ("title", "description", "licenses", "version", "revision")


@pytest.mark.parametrize("name", NAMES)
def test_hadolint_finds_nothing(name: str) -> None:
    done = check("hadolint", IMAGES / f"{name}.Dockerfile")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_of_one_base_and_runs_as_nobody_and_is_watched(name: str) -> None:
    image = Image.read(name)
    base = image.instructions[0]
    assert base[0] == "ARG"
    assert re.fullmatch(r"\w+_IMAGE=[\w/-]+:\d+\.\d+\.\d+-[\w-]+", base[1])
    assert {rest.split()[0] for rest in image.all("FROM")} == {f"${{{base[1].split('=')[0]}}}"}
    (user,) = image.last_stage.all("USER")
    assert all(int(part) > 0 for part in user.split(":"))
    assert image.last_stage.all("HEALTHCHECK")
    labels = " ".join(image.last_stage.all("LABEL"))
    assert all(f"org.opencontainers.image.{label}=" in labels for label in LABELS)


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_in_an_image(name: str) -> None:
    image = Image.read(name)
    named = " ".join([*image.all("ENV"), *image.all("ARG"), *image.all("RUN")])
    assert not re.search("secret|password|token", named, re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_copied_is_there_and_not_hidden(name: str) -> None:
    for sources, _ in Image.read(name).copies:
        for source in sources:
            found = sorted(ROOT.glob(source)) if "*" in source else [ROOT / source]
            assert found, source
            for path in found:
                assert path.exists(), source
                assert not is_ignored(str(path.relative_to(ROOT))), source


@pytest.mark.parametrize("path", HIDDEN)
def test_what_is_no_part_of_an_image_is_never_sent_to_the_engine(path: str) -> None:
    assert is_ignored(path)


@pytest.mark.parametrize("name", ["rasa", "actions"])
def test_the_model_in_service_is_in_the_image_and_no_other(name: str) -> None:
    models = [source for sources, _ in Image.read(name).copies for source in sources if "model" in source]
    assert models == ["models/charley.tar.gz"]


def test_an_action_server_has_what_the_lock_has_and_nothing_of_rasa() -> None:
    of_actions, of_rasa = exported("--only-group", "actions"), exported("--no-default-groups")
    assert of_actions.items() <= of_rasa.items()
    assert "rasa-sdk" in of_actions
    assert not {"rasa", "tensorflow", "spacy", "numpy", "onnxruntime"} & set(of_actions)


class Told(http.server.BaseHTTPRequestHandler):
    """A stand-in for a server, which says which headers it got."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass
class Proxy:
    """nginx with the image's files."""

    http: int
    https: int
    health: int
    nginx: Nginx


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """What is in the image, on free ports, for the nginx at hand: it may be too old for `resolve` and `http2 on`,
    so a name stands for one server there."""
    stand_in = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told)
    threading.Thread(target=stand_in.serve_forever, daemon=True).start()
    tmp_path = tmp_path_factory.mktemp("proxy")
    home = tmp_path / "nginx"
    nginx = Nginx(home, [1], [2])
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run([binary("openssl"), *made, *files], check=True, capture_output=True)
    own = f"127.0.0.1:{stand_in.server_port}"
    ports = free_ports(4)
    changed = {
        "${NGINX_LOCAL_RESOLVERS}": "127.0.0.1",
        "${CHARLEY_WORKERS}": own,
        "${CHARLEY_ACTIONS}": own,
        " resolve ": " ",
        "http2 on;": "",
        "/etc/charley/tls": str(tmp_path),
        "/tmp/upstreams.conf": str(home / "upstreams.conf"),
        **{
            f"listen {old}": f"listen 127.0.0.1:{new}"
            for old, new in zip((8080, 8443, 8081, 5056), ports, strict=True)
        },
    }
    for path in (IMAGES / "nginx").iterdir():
        text = path.read_text(encoding="utf-8")
        for old, new in changed.items():
            text = text.replace(old, new)
        folder = home if path.suffix == ".template" else home / "conf"
        (folder / path.name.removesuffix(".template")).write_text(text, encoding="utf-8")
    nginx.port = ports[1]
    nginx.start()
    yield Proxy(*ports[:3], nginx)
    nginx.kill()
    stand_in.shutdown()


def got(url: str) -> str:
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    handler = urllib.request.HTTPSHandler(context=anyone)
    with urllib.request.build_opener(handler, Straight()).open(url, timeout=10) as response:
        return str(response.read().decode())


class Straight(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_: object) -> None:
        return None


def test_the_proxy_speaks_tls_and_leads_there(proxy: Proxy) -> None:
    with pytest.raises(urllib.error.HTTPError) as moved:
        got(f"http://127.0.0.1:{proxy.http}/widget/charley-chat.js")
    assert moved.value.code == 301
    assert moved.value.headers["Location"] == "https://127.0.0.1/widget/charley-chat.js"
    assert got(f"https://127.0.0.1:{proxy.https}/")
    assert got(f"http://127.0.0.1:{proxy.health}/health") == ""


@pytest.mark.parametrize("path", ["/", "/widget/page.js", "/widget/socket.io/?EIO=4&transport=polling"])
def test_whoever_asks_is_told_of_as_they_are(path: str, proxy: Proxy) -> None:
    """By `Host` a page of Charley's own is known, and may open a socket; by the address limits are counted."""
    told = got(f"https://127.0.0.1:{proxy.https}{path}")
    assert f"Host: 127.0.0.1:{proxy.https}\n" in told
    assert "X-Forwarded-For: 127.0.0.1\n" in told
    assert "X-Forwarded-Proto: https\n" in told


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/metrics", "/model", "/domain", "/webhook"]
)
def test_what_is_not_for_the_public_is_not_there(path: str, proxy: Proxy) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        got(f"https://127.0.0.1:{proxy.https}{path}")
    assert refused.value.code == 404


def test_the_images_ports_are_those_that_it_listens_on() -> None:
    listening = "".join(path.read_text(encoding="utf-8") for path in (IMAGES / "nginx").glob("*.conf"))
    ports = set(re.findall(r"^\s*listen (\d+)", listening, re.MULTILINE))
    assert ports == {"8080", "8443", "8081", "5056"}
    (exposed,) = Image.read("nginx").all("EXPOSE")
    assert set(exposed.split()) == {"8080", "8443"}
