"""Who may see the trainers' page: all that is served, and every callback, passes here first.

On loopback without names set, whoever sits at this machine. Else a login; people's conversations are
shown here, so the page never opens to a network without one.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, render_template_string, request, session

VARIABLE = "CHARLEY_TRAINERS"
MIN_PASSWORD = 12  # characters
LOOPBACK = "127.0.0.1"
LOGIN, LOGOUT, STYLE = "/login", "/logout", "/assets/style.css"
IDLE = timedelta(hours=8)  # a working day; then one logs in again
FREE_TRIES = 3  # wrong passwords before one must wait
MAX_WAIT = 300  # seconds
MAX_REMEMBERED = 1000  # names and addresses with failures
MAX_BODY = 2_000_000  # bytes of a request
CACHEABLE = ("/_dash-component-suites/", "/assets/", "/drawings/")  # the same for everyone, no one's words
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all a browser would not tell a form's origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# Dash and plotly set styles on elements; scripts are this server's own, or known by their hash.
POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FORM = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in · Charley for trainers</title><link rel="stylesheet" href="{{ style }}">
</head>
<body class="login">
<main>
<h1>Charley for trainers</h1>
{% if problem %}<p class="problem" role="alert">{{ problem }}</p>{% endif %}
<form method="post" action="{{ action }}">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>
</main>
</body>
</html>"""


class NotOpened(ValueError):
    """The page must not be served like this; the message says what to set."""


@dataclass(frozen=True)
class Access:
    """Who may see the page, and under which addresses.

    Attributes:
        names: trainers and a hash of each one's password; without any there is no login.
        address: the address at which people reach the page, if it is not the one that it listens at.
    """

    host: str = LOOPBACK
    names: Mapping[str, bytes] = field(default_factory=dict)
    address: str = ""

    @classmethod
    def of(cls, host: str, environment: Mapping[str, str], address: str = "") -> Access:
        """Access as set.

        Args:
            host: where the page listens.
            environment: of which CHARLEY_TRAINERS is read: "name=password,name=password".
            address: such as https://trainers.example.org, where a proxy passes it on.

        Raises:
            NotOpened: if a network could reach the page without a login, or a password is too short.
        """
        names = trainers(environment.get(VARIABLE, ""))
        if not names and not (is_loopback(host) and not address):
            raise NotOpened(
                f"Only this machine may see the trainers' page without a login. To open it at {address or host}, name the "
                f"trainers and their passwords ({MIN_PASSWORD} characters or more):  export {VARIABLE}='ann=…,ben=…'"
            )
        if address and urlsplit(address).scheme not in ("http", "https"):
            raise NotOpened(f"{address} is no web address; write it as https://trainers.example.org")
        return cls(host, names, address.rstrip("/"))

    @property
    def over_https(self) -> bool:
        return self.address.startswith("https://")

    def knows_host(self, given: str) -> bool:
        """Whether a Host header names this page: else a stranger's domain may have been pointed at this machine."""
        name = (urlsplit(f"//{given}").hostname or "").rstrip(".")
        if name == "localhost" or is_loopback(name):
            return True
        if not self.names:
            return False
        known = {self.host, urlsplit(self.address).hostname, socket.gethostname(), socket.getfqdn()}
        return is_number(name) or name.lower() in {each.lower() for each in known if each}

    def is_own_origin(self, origin: str | None, host: str) -> bool:
        """Whether a request that changes something was sent by this page."""
        if origin is None:
            return False
        return origin == self.address or urlsplit(origin).netloc == host

    def admits(self, name: str, password: str) -> bool:
        """Whether the password is this trainer's; takes as long whoever is named."""
        known = self.names.get(name, _digest(secrets.token_hex()))
        return hmac.compare_digest(known, _digest(password))


class Patience:
    """How long whoever got passwords wrong must wait before the next one is looked at."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, *keys: str) -> int:
        """Seconds to wait yet; 0 if a try is allowed."""
        return max((self._wait(key) for key in keys), default=0)

    def fail(self, *keys: str) -> None:
        """Remember a wrong password of a name, and of an address."""
        for key in keys:
            count, _ = self._failures.pop(key, (0, 0.0))
            self._failures[key] = count + 1, self._now()
            if len(self._failures) > MAX_REMEMBERED:
                self._failures.popitem(last=False)

    def forgive(self, *keys: str) -> None:
        for key in keys:
            self._failures.pop(key, None)

    def _wait(self, key: str) -> int:
        count, at = self._failures.get(key, (0, 0.0))
        if count < FREE_TRIES:
            return 0
        pause = min(2.0 ** (count - FREE_TRIES + 1), MAX_WAIT)
        return max(0, round(at + pause - self._now() + 0.5))


def trainers(text: str) -> dict[str, bytes]:
    """Names and hashed passwords of "name=password,name=password".

    Raises:
        NotOpened: if that can't be read, or a password is too short.
    """
    names: dict[str, bytes] = {}
    for number, part in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        name, equals, password = part.partition("=")
        if not equals or not name.strip():  # the part itself may be half of a password: it is not shown
            raise NotOpened(
                f"{VARIABLE}, entry {number}, is not name=password. A password can't hold a comma."
            )
        if len(password) < MIN_PASSWORD:
            raise NotOpened(
                f"{VARIABLE}: the password of {name.strip()} has {len(password)} characters; {MIN_PASSWORD} are needed."
            )
        names[name.strip()] = _digest(password)
    return names


def guard(server: Flask, access: Access, scripts: Sequence[str] = ()) -> None:
    """Let only those in who may see the page, whatever they ask for.

    Args:
        scripts: hashes of the scripts that stand in the page itself, as a content security policy takes them.
    """
    server.secret_key = secrets.token_bytes(32)  # anew at each start: who was logged in logs in again
    server.config.update(
        SESSION_COOKIE_NAME="__Host-trainer" if access.over_https else "trainer",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=access.over_https,
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=IDLE,
        MAX_CONTENT_LENGTH=MAX_BODY,
    )
    # Before the hooks that Dash has set: nothing of it may run for a stranger.
    server.before_request_funcs.setdefault(None, []).insert(0, partial(_refuse, access))
    server.after_request(partial(_protect, POLICY.format(scripts=" ".join(scripts)).replace(" ;", ";")))
    patience = Patience()
    server.add_url_rule(LOGIN, "login", partial(_login, access, patience), methods=["GET", "POST"])
    server.add_url_rule(LOGOUT, "logout", _log_out, methods=["POST"])


def is_loopback(name: str) -> bool:
    return name == "localhost" or (is_number(name) and ipaddress.ip_address(name).is_loopback)


def is_number(name: str) -> bool:
    """Whether it is an IP address: no one else's domain can be that."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refuse(access: Access) -> Response | tuple[str, int] | None:
    """What to answer instead; None to who may go on."""
    if not access.knows_host(request.host):
        return "This is not an address of the trainers' page.", 421
    changes = request.method not in ("GET", "HEAD", "OPTIONS")
    if changes and not access.is_own_origin(request.headers.get("Origin"), request.host):
        return "This was not sent by the trainers' page.", 403
    if not access.names or request.path in (LOGIN, STYLE) or session.get("name") in access.names:
        return None
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        return redirect(LOGIN)  # type: ignore[return-value]  # of werkzeug's own class
    return "Log in first.", 401


def _protect(policy: str, response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = policy
    if not request.path.startswith(CACHEABLE):
        response.headers["Cache-Control"] = "no-store"
    return response


def _login(
    access: Access, patience: Patience
) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    if request.method == "GET":
        return _form(), 200
    name, keys = request.form.get("name", ""), ("name " + request.form.get("name", ""), _sender())
    wait = patience.wait(*keys)
    if wait:
        told = f"Too many wrong passwords. Try again in {wait} second{'s' if wait > 1 else ''}."
        return _form(told), 429, {"Retry-After": str(wait)}
    if not access.admits(name, request.form.get("password", "")):
        patience.fail(*keys)
        return _form("That name and password don't go together."), 403
    patience.forgive(*keys)
    session.clear()
    session.permanent = True
    session["name"] = name
    return redirect("/", 303)  # type: ignore[return-value]


def _log_out() -> Response:
    session.clear()
    return redirect(LOGIN, 303)  # type: ignore[return-value]


def _form(problem: str = "") -> str:
    whole: str = render_template_string(FORM, problem=problem, style=STYLE, action=LOGIN)
    return whole


def _sender() -> str:
    return f"from {request.remote_addr}"


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()
