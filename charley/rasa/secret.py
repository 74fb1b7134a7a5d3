"""The one secret of a server, and what is derived from it: signatures, pseudonyms, tokens for platforms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from charley.rasa.services.addresses import AddressError, told

VARIABLE = "CHARLEY_SECRET"
DEVELOPMENT_VARIABLE = "CHARLEY_DEVELOPMENT"  # set by `charley run`, which listens on loopback only
DEVELOPMENT_FILE = Path("var/secret")
MIN_LENGTH = 32  # characters
PSEUDONYM = 32  # characters


class NoSecret(ValueError):
    """There is no usable secret; the message says how to make one."""


def secret_at_hand() -> bytes:
    """The secret from the environment, or in development one kept under var/.

    Raises:
        NoSecret: if it is missing or short.
    """
    try:
        given = told(VARIABLE)
    except AddressError as error:
        raise NoSecret(str(error)) from None
    if not given and os.environ.get(DEVELOPMENT_VARIABLE):
        return _development_secret()
    if len(given) < MIN_LENGTH:
        what = f"has only {len(given)} characters" if given else "is not set"
        raise NoSecret(
            f"Charley's channels need a secret of {MIN_LENGTH} characters or more, and {VARIABLE} {what}. "
            f"Make one, keep it, and set it for every start:  "
            f"export {VARIABLE}=$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"
        )
    return given.encode()


def _development_secret() -> bytes:
    """Made once and kept, so that a chat outlives a restart here too."""
    if not DEVELOPMENT_FILE.exists():
        DEVELOPMENT_FILE.parent.mkdir(parents=True, exist_ok=True)
        DEVELOPMENT_FILE.touch(mode=0o600)
        DEVELOPMENT_FILE.write_text(secrets.token_urlsafe(MIN_LENGTH), encoding="ascii")
    return DEVELOPMENT_FILE.read_bytes()


def derived(secret: bytes, purpose: str) -> str:
    """A key of its own for a purpose (URL-safe base64, 43 characters)."""
    digest = hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Pseudonyms:
    """Names for people that can't be led back to who they are: never a phone number, never a user's id."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, channel: str, sender: str) -> str:
        """The tracker's key for a sender of a channel; no other channel's sender has the same."""
        return f"{channel}-{derived(self._secret, f'sender {channel} {sender}')[:PSEUDONYM]}"

    def secret(self, purpose: str) -> str:
        """A secret to share with one platform."""
        return derived(self._secret, purpose)
