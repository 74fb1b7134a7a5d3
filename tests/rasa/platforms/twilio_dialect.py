"""Twilio: one message as a form, signed together with the address it is sent to."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode

from charley.rasa.platforms.twilio import SIGNATURE_HEADER
from tests.rasa.platforms.dialect import Delivery, Dialect, Said, with_, without
from tests.rasa.platforms.fake import Call, Fake

ACCOUNT, TOKEN = "AC" + "0" * 32, "auth-token"
WEBHOOK = "https://charley.example.org/webhooks/twilio/webhook"


class TwilioDialect(Dialect):
    """SMS.

    Attributes:
        prefix: begins each number; "whatsapp:" makes it WhatsApp.
        number: of the bot.
        country: how the person's number begins.
    """

    name = "twilio"
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    presses = False
    prefix = ""
    number = "+15005550006"
    country = "+1"

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WEBHOOK": WEBHOOK,
            "TWILIO_API": f"http://127.0.0.1:{fake.port}",
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        return self._signed(
            MessageSid=f"SM{one.id}",
            SmsStatus="received",
            From=self.prefix + self.country + one.sender,
            Body=one.text,
        )

    def other(self, kind: str) -> Delivery:
        sender = self.prefix + self.country + "5"
        if kind == "media":
            media = {
                "NumMedia": "1",
                "MediaUrl0": "https://api.twilio.com/x",
                "MediaContentType0": "image/jpeg",
            }
            return self._signed(MessageSid="MM900", SmsStatus="received", From=sender, Body="", **media)
        return self._signed(MessageSid="SM901", SmsStatus="delivered", MessageStatus="delivered", From=sender)

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, SIGNATURE_HEADER)
        return with_(delivery, **{SIGNATURE_HEADER: _signature(delivery.body, "wrong")})

    def text(self, call: Call) -> str:
        return str(call.body["Body"])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        return [(call.body["MediaUrl"], call.body["Body"])] if "MediaUrl" in call.body else []

    def _signed(self, **fields: str) -> Delivery:
        """With a field that is empty, as real ones have."""
        about = {"AccountSid": ACCOUNT, "To": self.prefix + self.number, "FromCity": ""}
        body = urlencode({**about, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return Delivery({**headers, SIGNATURE_HEADER: _signature(body, TOKEN)}, body)


def _signature(body: bytes, token: str) -> str:
    """By the rule in Twilio's documents: the address, then names and values in the order of the names."""
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    signed = WEBHOOK + "".join(name + value for name, value in fields)
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
