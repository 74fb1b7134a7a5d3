"""What every messaging platform's channel shares: one guard on what comes in.

Rasa's own connectors answer to anybody, take what comes twice for two messages, and drop or show raw
what a platform can't hold. Here a request is let in only if it is signed, of a sensible size and of the
right type; and each message in it is taken once. The platform gets its 200 at once, and the replies
(answering.py) when they are ready.
"""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json, text

from charley.answers.render import Message
from charley.rasa.channel import TOKEN_RULE, is_token, of
from charley.rasa.metrics.registry import NOT_FORMED, UNREADABLE, by_status, channel_error
from charley.rasa.platforms.answering import PUBLIC, Answerer, Incoming, remember
from charley.rasa.platforms.calls import NotSent
from charley.rasa.secret import Pseudonyms
from charley.rasa.services.addresses import AddressError, told

__all__ = ["PUBLIC", "Incoming", "NotSent", "Platform", "StaysClosed"]
logger = logging.getLogger(__name__)

MAX_BODY = 64_000  # bytes


class StaysClosed(ValueError):
    """Some of a platform's variables are missing, or not what they must be; the message names them."""


class Platform(Answerer):
    """One messaging platform. Subclasses say how requests are known to be its, read and answered.

    Attributes:
        needs: the environment variables without which it can't be opened; all unset: it stays closed.
        may: variables that change it, with what they are unless set.
        made_up: those of `needs` that hold a token which who runs the server makes up.
        content_type: of its requests, or several.
        in_response: whether replies stand in the response to a delivery, not in calls of their own.
    """

    needs: ClassVar[Sequence[str]]
    may: ClassVar[Mapping[str, str]] = {}
    made_up: ClassVar[Sequence[str]] = ()
    content_type: ClassVar[str | tuple[str, ...]] = "application/json"
    in_response: ClassVar[bool] = False

    def __init__(self, set_: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        super().__init__({**self.may, **set_}, pseudonyms)
        self._taken: OrderedDict[str, None] = OrderedDict()  # ids of messages

    @classmethod
    def variables(cls, environment: Mapping[str, str]) -> dict[str, str]:
        """Those of the environment that open the platform; none where they leave it closed.

        Raises:
            StaysClosed: if some that it needs are set and some are not, or a token is none.
        """
        names = (*cls.needs, *cls.may, PUBLIC)
        try:
            set_ = {name: value for name in names if (value := told(name, environment))}
        except AddressError as error:
            raise StaysClosed(f"{cls.name} stays closed: {error}") from None
        set_ = {name: v.rstrip("/") if name.endswith("_API") else v for name, v in set_.items()}
        missing = [name for name in cls.needs if name not in set_]
        if len(missing) == len(cls.needs):
            return {}
        wrong = [f"{name} must be set too" for name in missing]
        tokens = (name for name in cls.made_up if name in set_)
        wrong += [f"{name} must have {TOKEN_RULE}" for name in tokens if not is_token(set_[name])]
        if wrong:
            raise StaysClosed(f"{cls.name} stays closed: {'; '.join(wrong)} (docs/platforms/{cls.name}.md)")
        return set_

    # ── What a platform says of itself ─────────────────────────────────────────────────────────

    @abstractmethod
    def is_authentic(self, request: Request) -> bool:
        """Whether the request comes from the platform."""

    @abstractmethod
    def read(self, request: Request) -> Iterable[Incoming]:
        """The messages of people in a request; whatever else it tells of is passed over."""

    def answer_at_once(self, request: Request) -> HTTPResponse | None:
        """The response to a request that is no delivery of messages (a challenge); None for all others."""
        return None

    def response(self, messages: Sequence[Message]) -> HTTPResponse:
        """The response that holds these messages, where replies stand `in_response`."""
        raise NotImplementedError

    async def prepare(self) -> None:
        """Called before a request is checked: for keys that have to be fetched."""

    async def started(self) -> None:
        """Called once when the server has started."""

    async def took(self, request: Request) -> None:
        """Called for each delivery, beside its messages: for whatever the platform wants confirmed."""

    # ── The same for all ───────────────────────────────────────────────────────────────────────

    def blueprint(self) -> Blueprint:
        """Routes under /webhooks/<name>/."""
        blueprint = Blueprint(f"charley_{self.name}", url_prefix=self.name)

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, _: Any) -> None:
            self._app = app
            self._keep(self._caller.tried(self.started))

        @blueprint.listener("after_server_stop")
        async def stop(app: Sanic, _: Any) -> None:
            await of(app).close()  # which may still have something to send
            await self._caller.close()

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @blueprint.route("/webhook", methods=["GET", "POST"])
        async def webhook(request: Request) -> HTTPResponse:
            answer = await self._receive(request)
            by_status(self.name, answer.status)
            return answer

        return blueprint

    async def _receive(self, request: Request) -> HTTPResponse:
        if len(request.body) > MAX_BODY:
            return text("too large", status=413)
        if request.method == "POST" and not request.headers.get("content-type", "").startswith(
            self.content_type
        ):
            return text(f"send {self.content_type}", status=415)
        try:
            await self.prepare()
            authentic = self.is_authentic(request)
        except Exception:  # of a shape in which nothing can be signed
            authentic = False
        if not authentic:
            return text("not signed", status=403)
        messages: list[Incoming] = []
        try:
            at_once = self.answer_at_once(request)
            if at_once is not None:
                return at_once
            messages.extend(self.read(request))
        except Exception as error:  # signed, and yet of a shape unheard of: repeated, it would be no better
            logger.error("%s sent what could not be read: %s", self.name, type(error).__name__)
            channel_error(self.name, UNREADABLE)
        if self.in_response:
            return await self._respond(messages)
        for message in messages:
            if _new(self._taken, message.id):
                self.take(message)
        self._keep(self._caller.tried(partial(self.took, request)))
        return empty(200)

    async def _respond(self, messages: Sequence[Incoming]) -> HTTPResponse:
        """The response with all replies; to messages taken before, with the same ones again."""
        said = [each for answer in await asyncio.gather(*map(self.messages, messages)) for each in answer]
        try:
            return self.response(said)
        except Exception as error:
            logger.error("%s: a response could not be put into form: %s", self.name, type(error).__name__)
            channel_error(self.name, NOT_FORMED)
            return self.response([Message(each.text) for each in said])


def _new(kept: OrderedDict[str, None], key: str) -> bool:
    """Whether this is the first time that the key is seen."""
    if key in kept:
        return False
    remember(kept, key, None)
    return True
