"""What nginx, as it is shipped, lets through: the public's routes, of a sensible size, at a sensible pace."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.conftest import ROOT
from tests.deploy.services import Nginx, binary, listens
from tests.deploy.world import Cluster

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers

PUBLIC = ["/", "/widget/charley-chat.js", "/widget/socket.io/?EIO=4&transport=polling"]
PRIVATE = [
    "/model",
    "/model/parse",
    "/conversations/someone/tracker",
    "/conversations/someone/messages",
    "/domain",
    "/status",
    "/version",
    "/metrics",
    "/webhook",
    "/actions",
    "/health",
    "/webhooks",
    "/webhooks/rest/",
    "/webhooks/rest/../../model",
    "/webhooks/rest/webhook/../../../domain",
    "/webhooks//model",
    "/widget",
    "/widget/../model",
    "/widget/%2e%2e/domain",
    "//domain",
    "/model%2f",
    "/webhooks/facebook/webhook",
    "/webhooks/rasa/webhook",
]
TOO_MANY = 429


async def status(url: str, method: str = "GET", at: str = "127.0.0.1", data: bytes | None = None) -> int:
    async with (
        ClientSession(connector=TCPConnector(local_addr=(at, 0), ssl=False)) as http,
        http.request(method, url, data=data, headers={"Content-Type": "application/json"}) as response,
    ):
        return response.status


@pytest.mark.parametrize("path", PUBLIC)
async def test_the_publics_routes_are_open(path: str, several: Cluster) -> None:
    assert await status(several.url + path) == 200


@pytest.mark.parametrize("path", PRIVATE)
async def test_all_others_are_not_there(path: str, several: Cluster) -> None:
    """Sent as they stand: a client's library would tidy them up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", several.nginx.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: charley\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode(errors="replace")
    writer.close()
    assert answer.split()[1] in ("400", "404"), answer[:200]
    assert "Rasa" not in answer


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_no_route_changes_anything_by_other_methods(method: str, several: Cluster) -> None:
    for path in (*PUBLIC, "/webhooks/rest/webhook"):
        assert await status(several.url + path, method) == 403


async def test_a_body_too_large_is_refused(several: Cluster) -> None:
    url = f"{several.url}/webhooks/rest/webhook"
    assert await status(url, "POST", data=b"x" * 66_000) == 413


async def test_who_asks_too_fast_waits_and_nobody_else(several: Cluster) -> None:
    asked = [status(f"{several.url}/", at="127.0.0.77") for _ in range(300)]
    counted = Counter(await asyncio.gather(*asked))
    assert counted[TOO_MANY] > 100
    assert counted[200] >= 100
    assert await status(f"{several.url}/", at="127.0.0.78") == 200


@pytest.fixture
def shipped(several: Cluster, tmp_path: Path) -> Iterator[Nginx]:
    """Another nginx with TLS and the webhooks as they are shipped."""
    proxy = Nginx(tmp_path / "nginx", [w.port for w in several.workers], [a.port for a in several.actions])
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([binary("openssl"), *made, *files], check=True, capture_output=True)
    conf = ROOT / "deploy" / "nginx"
    listen = (conf / "listen.conf").read_text(encoding="utf-8")
    listen = listen.replace("listen [::]:443 ssl http2;\n", "").replace("443", f"127.0.0.1:{proxy.port}")
    listen = listen.replace("/etc/charley/tls/fullchain.pem", str(tmp_path / "cert.pem"))
    proxy.write("listen", listen.replace("/etc/charley/tls/privkey.pem", str(tmp_path / "key.pem")))
    proxy.write("webhooks", (conf / "webhooks.conf").read_text(encoding="utf-8"))
    proxy.start()
    yield proxy
    proxy.kill()
    assert not listens(proxy.port)


async def test_as_shipped_it_speaks_tls_and_keeps_rest_to_itself(shipped: Nginx) -> None:
    url = f"https://127.0.0.1:{shipped.port}"
    assert await status(f"{url}/") == 200
    assert await status(f"{url}/webhooks/rest/webhook", "POST", data=b"{}") == 404
    async with ClientSession(connector=TCPConnector(ssl=False)) as http, http.get(url) as response:
        assert response.headers["Strict-Transport-Security"]
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.raises((ssl.SSLError, OSError)):
        await asyncio.open_connection("127.0.0.1", shipped.port, ssl=old)
