"""Who a socket speaks for: sessions under ids that the server makes and signs.

A client only ever holds a token. It can neither choose an id nor guess another's, so nobody reads
or goes on with a stranger's talk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from charley.rasa.secret import derived

LIFE_SECONDS = 7 * 24 * 3600  # of a token; each connection renews it
MAX_TOKEN = 200  # characters
ID_BYTES = 24


class Sessions:
    """Makes sessions and tells whose a token is.

    Args:
        secret: the server's; what signs the tokens is derived from it.
        now: seconds since the epoch.
    """

    def __init__(self, secret: bytes, now: Callable[[], float] = time.time) -> None:
        self._secret = derived(secret, "widget sessions").encode()
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
