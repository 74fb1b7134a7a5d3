"""Nobody sees conversations who should not: loopback without a login, everything else behind one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from charley.trainers.page.access import MAX_WAIT, VARIABLE, Access, NotOpened, Patience, guard, trainers
from tests.trainers.page.conftest import PASSWORDS, TRAINERS, Opened, command, environment, standing

ANN = {"name": "ann", "password": PASSWORDS["ann"]}
CALLBACK = "/_dash-update-component"
PATHS = [
    "/",
    "/conversations",
    "/facts?view=gaps",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_reload-hash",
    "/_favicon.ico",
    "/assets/select.js",
    "/drawings/stretch-calf.svg",
    "/_dash-component-suites/dash/dash-renderer/build/dash_renderer.min.js",
    "/anything/at/all",
]


def run(home: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=home,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
    )


def log_in(page: Opened) -> requests.Session:
    session = requests.Session()
    done = session.post(f"{page.url}/login", data=ANN, headers={"Origin": page.url})
    assert done.ok
    assert session.cookies
    return session


# What is needed to open it


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], ["--address", "https://trainers.example.org"]])
def test_it_opens_to_no_network_without_named_trainers_and_says_how_to_name_them(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 1
    assert VARIABLE in done.stderr
    assert "12 characters" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_short_password_is_refused_and_not_shown(tmp_path: Path) -> None:
    done = run(tmp_path, **{VARIABLE: "ann=short"})
    assert done.returncode == 1
    assert "ann has 5 characters; 12 are needed" in done.stderr
    assert "short" not in done.stderr


def test_an_entry_that_is_no_name_and_password_is_told_by_its_place_only() -> None:
    with pytest.raises(NotOpened, match="entry 2") as caught:
        trainers("ann=correct horse battery,half a password")
    assert "half" not in str(caught.value)


def test_a_password_may_hold_equals_signs() -> None:
    assert Access.of("127.0.0.1", {VARIABLE: TRAINERS}).admits("ben", PASSWORDS["ben"])


def test_a_taken_port_is_told_in_a_line(without_login: Opened, tmp_path: Path) -> None:
    done = run(tmp_path, "--port", without_login.url.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert "in use by another program" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_listens_on_loopback_alone_unless_told(without_login: Opened) -> None:
    port = int(without_login.url.rsplit(":", 1)[1])
    listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening


# Without a login


def test_on_loopback_there_is_no_login(without_login: Opened) -> None:
    assert "_dash-config" in requests.get(without_login.url).text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5006", "127.0.0.1.evil.example", "192.168.0.9", ""]
)
def test_another_name_for_this_machine_is_refused(without_login: Opened, host: str) -> None:
    for path in ("/", "/_dash-layout"):
        assert requests.get(without_login.url + path, headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:9000", "[::1]:9000"])
def test_a_tunnel_to_this_machine_may_have_any_port(without_login: Opened, host: str) -> None:
    assert requests.get(without_login.url, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://localhost"]
)
def test_no_other_page_may_send_anything(without_login: Opened, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    done = requests.post(without_login.url + CALLBACK, json={}, headers=headers)
    assert done.status_code == 403


def test_its_own_page_may(without_login: Opened) -> None:
    assert "There is no model" in standing(without_login.url)


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/conversations"])
def test_nothing_that_is_said_is_cached(without_login: Opened, path: str) -> None:
    assert requests.get(without_login.url + path).headers["Cache-Control"] == "no-store"


def test_only_its_own_scripts_run_and_nobody_frames_it(without_login: Opened) -> None:
    headers = requests.get(without_login.url).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'self'( 'sha256-[\w+/=]+')+", policy["script-src"])
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "waitress" not in headers.get("Server", "").lower()


# With a login


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_served_to_who_has_not_logged_in(with_login: Opened, path: str) -> None:
    refused = requests.get(with_login.url + path)
    assert refused.status_code == 401
    assert refused.text == "Log in first."
    shown = requests.get(with_login.url + path, headers={"Accept": "text/html"}, allow_redirects=False)
    assert shown.status_code == 302
    assert shown.headers["Location"] == "/login"


def test_no_callback_runs_for_who_has_not_logged_in(with_login: Opened) -> None:
    done = requests.post(with_login.url + CALLBACK, json={}, headers={"Origin": with_login.url})
    assert done.status_code == 401


def test_every_path_that_the_page_knows_is_behind_the_login() -> None:
    from charley.trainers.page.app import make_app
    from charley.trainers.page.desk import Desk

    app = make_app(Desk(Path(), Path("none")), Access.of("127.0.0.1", {VARIABLE: TRAINERS}))
    client = app.server.test_client()
    rules = {re.sub("<[^>]*>", "x", rule.rule) for rule in app.server.url_map.iter_rules()}
    assert CALLBACK in rules
    for path in rules - {"/login"}:
        assert client.get(path).status_code in (401, 405), path


def test_the_form_can_be_seen_and_styled(with_login: Opened) -> None:
    assert 'type="password"' in requests.get(f"{with_login.url}/login").text
    assert requests.get(f"{with_login.url}/assets/style.css").ok


def test_who_logs_in_sees_the_page_until_logging_out(with_login: Opened) -> None:
    session = log_in(with_login)
    assert "_dash-config" in session.get(with_login.url).text
    assert session.get(f"{with_login.url}/_dash-layout").ok
    session.post(f"{with_login.url}/logout", headers={"Origin": with_login.url})
    assert session.get(f"{with_login.url}/_dash-layout").status_code == 401


def test_the_cookie_is_for_this_page_alone(with_login: Opened) -> None:
    done = requests.post(
        f"{with_login.url}/login", data=ANN, headers={"Origin": with_login.url}, allow_redirects=False
    )
    cookie = done.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "ann" not in cookie


def test_over_https_the_cookie_goes_nowhere_else() -> None:
    client = made(Access.of("127.0.0.1", {VARIABLE: TRAINERS}, "https://trainers.example.org"))
    host = {"Host": "trainers.example.org", "Origin": "https://trainers.example.org"}
    cookie = client.post("/login", data=ANN, headers=host).headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "wrong"), ("ann", ""), ("eve", PASSWORDS["ann"]), ("", "")]
)
def test_a_wrong_name_or_password_is_not_told_apart(name: str, password: str) -> None:
    client = made(Access.of("127.0.0.1", {VARIABLE: TRAINERS}))
    done = client.post("/login", data={"name": name, "password": password}, headers=OWN)
    assert done.status_code == 403
    assert "That name and password don&#39;t go together." in done.text
    assert "Set-Cookie" not in done.headers
    assert client.get("/secret").status_code == 401


def test_a_forged_cookie_opens_nothing(with_login: Opened) -> None:
    other = Flask("other")
    other.secret_key = b"another server's"
    with other.test_request_context():
        signer = other.session_interface.get_signing_serializer(other)
    forged = signer.dumps({"name": "ann", "_permanent": True})
    assert requests.get(f"{with_login.url}/_dash-layout", cookies={"trainer": forged}).status_code == 401


def test_a_login_from_another_page_is_refused(with_login: Opened) -> None:
    done = requests.post(f"{with_login.url}/login", data=ANN, headers={"Origin": "http://evil.example"})
    assert done.status_code == 403
    assert "Set-Cookie" not in done.headers


def test_after_wrong_passwords_even_the_right_one_must_wait() -> None:
    client = made(Access.of("127.0.0.1", {VARIABLE: TRAINERS}))
    for _ in range(3):
        client.post("/login", data={**ANN, "password": "wrong"}, headers=OWN)
    done = client.post("/login", data=ANN, headers=OWN)
    assert done.status_code == 429
    assert int(done.headers["Retry-After"]) >= 1
    assert "Too many wrong passwords" in done.text


def test_each_further_failure_doubles_the_wait_up_to_five_minutes_and_then_it_passes() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    waits = []
    for _ in range(15):
        patience.fail("name ann")
        waits.append(patience.wait("name ann"))
    assert waits[:6] == [0, 0, 2, 4, 8, 16]
    assert waits[-1] == MAX_WAIT
    now[0] = MAX_WAIT + 1
    assert patience.wait("name ann") == 0
    assert patience.wait("name ben") == 0


def test_who_gets_it_right_is_forgiven() -> None:
    patience = Patience(lambda: 0.0)
    for _ in range(5):
        patience.fail("name ann")
    patience.forgive("name ann")
    patience.fail("name ann")
    assert patience.wait("name ann") == 0


def test_an_address_that_fails_waits_whatever_name_it_tries_next() -> None:
    client = made(Access.of("127.0.0.1", {VARIABLE: TRAINERS}))
    for name in ("a", "b", "c"):
        client.post("/login", data={"name": name, "password": "x"}, headers=OWN)
    assert client.post("/login", data=ANN, headers=OWN).status_code == 429


def test_beyond_this_machine_it_answers_to_numbers_and_its_own_names_only() -> None:
    access = Access.of("0.0.0.0", {VARIABLE: TRAINERS}, "https://trainers.example.org")
    for host in ("192.168.0.9:5006", "trainers.example.org", "localhost:5006"):
        assert access.knows_host(host), host
    for host in ("evil.example", "example.org", "", "trainers.example.org.evil.example"):
        assert not access.knows_host(host), host


OWN = {"Origin": "http://localhost", "Host": "localhost"}


def made(access: Access) -> FlaskClient:
    """A client of a server with one path behind the guard."""
    server = Flask("guarded")
    server.add_url_rule("/secret", "secret", lambda: "said by a person")
    guard(server, access)
    return server.test_client()


def test_the_guard_lets_through_who_may() -> None:
    client = made(Access.of("127.0.0.1", {VARIABLE: TRAINERS}))
    client.post("/login", data=ANN, headers=OWN)
    assert client.get("/secret").text == "said by a person"
