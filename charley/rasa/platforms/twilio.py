"""Twilio: SMS and WhatsApp, on one webhook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import parse_qsl

from aiohttp import BasicAuth
from sanic.request import Request
from twilio.request_validator import RequestValidator

from charley.answers.render import Form, Message
from charley.rasa.platforms.base import Incoming, NotSent, Platform

VERSION = "2010-04-01"
SIGNATURE_HEADER = "X-Twilio-Signature"
WHATSAPP = "whatsapp:"  # begins a number that is written to there
LIMIT = 1600  # characters
PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚′`", "'"),  # noqa: RUF001
        **dict.fromkeys("“”„″", '"'),
        **dict.fromkeys("‐‑‒–—−•", "-"),  # noqa: RUF001
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
        "…": "...",
    }
)


def in_sms_alphabet(text: str) -> str:
    """Without typographic characters: a single one would more than double the price of an SMS."""
    return text.translate(PLAIN)


def bold(text: str) -> str:
    return f"*{text}*"


class Twilio(Platform):
    """Messages by SMS and WhatsApp; where replies go is the number written to and the person's, in one."""

    name = "twilio"
    form = Form(limit=LIMIT, escape=in_sms_alphabet, bullet="- ", short=True, pictures=False)
    whatsapp = Form(limit=LIMIT, bold=bold)
    needs = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WEBHOOK")
    may: ClassVar = {"TWILIO_API": "https://api.twilio.com"}
    content_type = "application/x-www-form-urlencoded"

    def is_authentic(self, request: Request) -> bool:
        validator = RequestValidator(self.set["TWILIO_AUTH_TOKEN"])
        signature = request.headers.get(SIGNATURE_HEADER, "")
        return bool(validator.validate(self.set["TWILIO_WEBHOOK"], _fields(request), signature))

    def read(self, request: Request) -> Iterable[Incoming]:
        fields = _fields(request)
        body = fields.get("Body", "").strip()
        if not body or "MessageStatus" in fields:
            return  # a picture; how far a reply has come
        person = fields["From"]
        place = {"phone": person.removeprefix(WHATSAPP)}
        yield Incoming(fields["MessageSid"], person, f"{fields['To']} {person}", body, place)

    def form_for(self, recipient: str) -> Form:
        return self.whatsapp if WHATSAPP in recipient else self.form

    async def send(self, recipient: str, message: Message) -> None:
        number, person = recipient.split()
        fields = {"From": number, "To": person, "Body": message.text}
        if message.picture:
            fields["MediaUrl"] = self.picture(message.picture)
        account = self.set["TWILIO_ACCOUNT_SID"]
        address = f"{self.set['TWILIO_API']}/{VERSION}/Accounts/{account}/Messages.json"
        login = BasicAuth(account, self.set["TWILIO_AUTH_TOKEN"])
        async with self.http.post(address, data=fields, auth=login, allow_redirects=False) as reply:
            if reply.status >= 300:
                raise NotSent(reply.status)


def _fields(request: Request) -> dict[str, str]:
    """The form with its empty fields, which are signed too (and which Sanic leaves out)."""
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
