"""Who a socket speaks for: sessions under ids that the server makes and signs.

A client only ever holds a token. It can neither choose an id nor guess another's, so nobody reads
or goes on with a stranger's talk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

SECRET_VARIABLE = "CHARLEY_WIDGET_SECRET"
DEVELOPMENT_VARIABLE = "CHARLEY_DEVELOPMENT"  # set by `charley run`, which listens on loopback only
DEVELOPMENT_SECRET = Path("var/widget_secret")
MIN_SECRET = 32  # characters
LIFE_SECONDS = 24 * 3600  # of a token; each connection renews it
MAX_TOKEN = 200  # characters
ID_BYTES = 24
SENDER = "widget-"  # + the session's id: no other channel's sender can have it


class NoSecret(ValueError):
    """There is no usable secret; the message says how to make one."""


def secret_at_hand() -> bytes:
    """The secret that signs tokens: from the environment, or in development one kept under var/.

    Raises:
        NoSecret: if it is missing or short.
    """
    given = os.environ.get(SECRET_VARIABLE, "")
    if not given and os.environ.get(DEVELOPMENT_VARIABLE):
        return _development_secret()
    if len(given) < MIN_SECRET:
        what = f"has only {len(given)} characters" if given else "is not set"
        raise NoSecret(
            f"The chat widget needs a secret of {MIN_SECRET} characters or more, and {SECRET_VARIABLE} {what}. "
            f"Make one, keep it, and set it for every start:  "
            f"export {SECRET_VARIABLE}=$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"
        )
    return given.encode()


def _development_secret() -> bytes:
    """Made once and kept, so that a chat outlives a restart here too."""
    if not DEVELOPMENT_SECRET.exists():
        DEVELOPMENT_SECRET.parent.mkdir(parents=True, exist_ok=True)
        DEVELOPMENT_SECRET.touch(mode=0o600)
        DEVELOPMENT_SECRET.write_text(secrets.token_urlsafe(ID_BYTES * 2), encoding="ascii")
    return DEVELOPMENT_SECRET.read_bytes()


class Sessions:
    """Makes sessions and tells whose a token is.

    Args:
        secret: signs the tokens.
        now: seconds since the epoch.
    """

    def __init__(self, secret: bytes, now: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._now = now

    def new(self) -> str:
        """The id of a new session."""
        return secrets.token_urlsafe(ID_BYTES)

    def sign(self, session: str) -> str:
        """A token for a session: `<id>.<second it was issued>.<signature>`."""
        body = f"{session}.{int(self._now())}"
        return f"{body}.{self._signature(body)}"

    def of(self, token: object) -> str | None:
        """The session that a token was issued for; None if it is forged, too old, or no token at all."""
        if not isinstance(token, str) or len(token) > MAX_TOKEN or not token.isascii():
            return None
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        session, _, issued = body.rpartition(".")
        return session if self._now() - int(issued) < LIFE_SECONDS else None

    def _signature(self, body: str) -> str:
        digest = hmac.new(self._secret, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
