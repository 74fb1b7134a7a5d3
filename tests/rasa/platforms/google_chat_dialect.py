"""Google Chat's interaction events: a token signed with a key whose certificate is published; replies in the response."""

from __future__ import annotations

import html
import time
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from charley.rasa.platforms.google_chat import ISSUER
from tests.rasa.platforms.dialect import Delivery, Dialect, Said, as_json, with_, without
from tests.rasa.platforms.fake import Call, Fake

PROJECT, KEY_ID, CERTS = "1234567890", "k1", "/google/certs"


class GoogleChatDialect(Dialect):
    name = "google_chat"
    path = "/google_chat"
    stamps_time = True
    at_once = True

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        fake.holds[CERTS] = {KEY_ID: certificate(key("Google's"))}
        return {
            "GOOGLE_CHAT_PROJECT_NUMBER": PROJECT,
            "GOOGLE_CHAT_CERTS": f"http://127.0.0.1:{fake.port}{CERTS}",
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        space = f"spaces/{one.sender}"
        message = {"name": f"{space}/messages/{one.id}", "text": one.text, "argumentText": one.text}
        if one.data is None:
            return self.event({"type": "MESSAGE", "message": message}, one.sender)
        common = {"userLocale": "en", "invokedFunction": "press", "parameters": {"payload": one.data}}
        return self.event({"type": "CARD_CLICKED", "message": message, "common": common}, one.sender)

    def other(self, kind: str) -> Delivery:
        if kind == "media":
            message = {
                "name": "spaces/5/messages/900",
                "attachment": [{"name": "x", "contentType": "image/png"}],
            }
            return self.event({"type": "MESSAGE", "message": message}, "5")
        return self.event({"type": "REMOVED_FROM_SPACE"}, "5")

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, "Authorization")
        owner, age = ("Google's", 4000) if how == "stale" else ("another's", 0)
        return with_(delivery, Authorization=f"Bearer {token(owner, age)}")

    def text(self, call: Call) -> str:
        paragraphs = [
            widget["textParagraph"]["text"] for widget in _widgets(call) if "textParagraph" in widget
        ]
        return "\n\n".join([call.body.get("text", ""), *map(html.unescape, paragraphs)])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        images = [widget["image"] for widget in _widgets(call) if "image" in widget]
        return [(image["imageUrl"], image["altText"]) for image in images]

    def options(self, call: Call) -> list[tuple[str, str]]:
        lists = [widget["buttonList"]["buttons"] for widget in _widgets(call) if "buttonList" in widget]
        return [
            (button["text"], button["onClick"]["action"]["parameters"][0]["value"])
            for buttons in lists
            for button in buttons
        ]

    def event(self, event: dict[str, Any], sender: str) -> Delivery:
        """A signed delivery of an event in a direct message, unless it says otherwise."""
        told = {
            "eventTime": datetime.utcnow().isoformat() + "Z",
            "user": {"name": f"users/{sender}", "displayName": "Ann", "type": "HUMAN"},
            "space": {"name": f"spaces/{sender}", "type": "DM"},
            "common": {"userLocale": "en", "hostApp": "CHAT"},
        }
        return as_json({**told, **event}, Authorization=f"Bearer {token()}")


def token(owner: str = "Google's", age: int = 0, **claims: Any) -> str:
    """A bearer token, good for an hour, `age` seconds old."""
    signer = crypt.RSASigner.from_string(_pem(key(owner)), KEY_ID)
    at = int(time.time()) - age
    signed = jwt.encode(signer, {"iss": ISSUER, "aud": PROJECT, "iat": at, "exp": at + 3600, **claims})
    return str(signed.decode())


@cache
def key(owner: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(owned: rsa.RSAPrivateKey) -> str:
    """A certificate of the key by itself, as text."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ISSUER)])
    now = datetime.utcnow()
    made = (
        x509.CertificateBuilder(name, name, owned.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(owned, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _pem(owned: rsa.RSAPrivateKey) -> bytes:
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    return owned.private_bytes(serialization.Encoding.PEM, form, plain)


def _widgets(call: Call) -> list[dict[str, Any]]:
    cards = call.body.get("cardsV2", [])
    return [widget for each in cards for section in each["card"]["sections"] for widget in section["widgets"]]
