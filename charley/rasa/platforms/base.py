"""What every messaging platform's channel shares: one guard on what comes in, one way out.

Rasa's own connectors answer to anybody, take what comes twice for two messages, and drop or show raw
what a platform can't hold. Here a request is let in only if it is signed, of a sensible size and of the
right type; each message in it is taken once; and the reply is put into the platform's form by
charley/answers/render.py. The platform gets its 200 at once, and the replies when they are ready.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, TypeVar

from aiohttp import ClientSession
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json, text

from charley.admission import Refusal
from charley.answers.render import Form, Message, Rendered, render, split
from charley.rasa.channel import Place, Turns, of
from charley.rasa.platforms.calls import Caller, NotSent
from charley.rasa.rate import Paces
from charley.rasa.secret import Pseudonyms

__all__ = ["Incoming", "Incomplete", "NotSent", "Platform"]
logger = logging.getLogger(__name__)
R = TypeVar("R")

MAX_BODY = 64_000  # bytes
BURST, PER_SECOND = 20, 1.0  # messages of one sender
AT_HAND = 10_000  # senders, message ids and offers that are remembered
NOTICE_SECONDS = 30  # between two notices to who writes too fast: some pay for each
STOP_SECONDS = 5  # for what is under way when the server stops
PUBLIC = "CHARLEY_PUBLIC_URL"  # where people reach this server, if they do: platforms fetch drawings there
SHORT = "~"  # begins what stands for a payload that is too long


class Incomplete(ValueError):
    """Some of a platform's variables are set and some are missing; the message names them."""


@dataclass(frozen=True)
class Incoming:
    """One message of a person.

    Attributes:
        id: the platform's own, by which a repeated delivery is known.
        sender: the platform's id of the person (or of the talk).
        recipient: where replies go.
        turn: what was typed, or `{"payload": …}` of what was pressed.
        place: what the platform tells of where the person is (`phone`, `locale`).
    """

    id: str
    sender: str
    recipient: str
    turn: str | dict[str, Any]
    place: Mapping[str, str] = field(default_factory=dict)


class Platform(ABC):
    """One messaging platform. Subclasses say how requests are known to be its, read and answered.

    Attributes:
        needs: the environment variables without which it can't be opened; all unset: it stays closed.
        may: variables that change it, with what they are unless set.
        content_type: of its requests, or several.
        in_response: whether replies stand in the response to a delivery, not in calls of their own.
    """

    name: ClassVar[str]
    form: ClassVar[Form]
    needs: ClassVar[Sequence[str]]
    may: ClassVar[Mapping[str, str]] = {}
    content_type: ClassVar[str | tuple[str, ...]] = "application/json"
    in_response: ClassVar[bool] = False

    def __init__(self, set_: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        self.set = {**self.may, **set_}
        self._pseudonyms = pseudonyms
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._paces = Paces(BURST, PER_SECOND)
        self._notices = Paces(1, 1 / NOTICE_SECONDS)
        self._caller = Caller(self.name)
        self._offers: OrderedDict[str, Sequence[str]] = OrderedDict()  # what numbers stand for, by sender
        self._payloads: dict[str, str] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._app: Sanic | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str], pseudonyms: Pseudonyms) -> Platform | None:
        """The platform as these variables open it; None where they leave it closed.

        Raises:
            Incomplete: if some that it needs are set and some are not.
        """
        names = (*cls.needs, *cls.may, PUBLIC)
        set_ = {name: environment[name] for name in names if environment.get(name)}
        missing = [name for name in cls.needs if name not in set_]
        if len(missing) == len(cls.needs):
            return None
        if missing:
            raise Incomplete(
                f"{cls.name} stays closed: {' and '.join(missing)} must be set too (docs/platforms/{cls.name}.md)"
            )
        return cls(set_, pseudonyms)

    # ── What a platform says of itself ─────────────────────────────────────────────────────────

    @abstractmethod
    def is_authentic(self, request: Request) -> bool:
        """Whether the request comes from the platform."""

    @abstractmethod
    def read(self, request: Request) -> Iterable[Incoming]:
        """The messages of people in a request; whatever else it tells of is passed over."""

    @abstractmethod
    async def send(self, recipient: str, message: Message) -> None:
        """Send one message.

        Raises:
            NotSent: if the platform does not take it.
        """

    def answer_at_once(self, request: Request) -> HTTPResponse | None:
        """The response to a request that is no delivery of messages (a challenge); None for all others."""
        return None

    def form_for(self, recipient: str) -> Form:
        """The form of messages to a recipient, where not all have the same."""
        return self.form

    def rendered(self, replies: Sequence[Mapping[str, Any]], recipient: str) -> Rendered:
        """The replies of a turn as messages to a recipient."""
        return render(replies, self.form_for(recipient))

    async def fetched(self, message: Incoming) -> Incoming | None:
        """The message with its turn, where a delivery holds nothing but ids; None if it holds no text.

        Raises:
            NotSent: if the platform does not give it.
        """
        return message

    def response(self, messages: Sequence[Message]) -> HTTPResponse:
        """The response that holds these messages, where replies stand `in_response`."""
        raise NotImplementedError

    async def prepare(self) -> None:  # noqa: B027
        """Called before a request is checked: for keys that have to be fetched."""

    async def started(self) -> None:  # noqa: B027
        """Called once when the server has started."""

    async def took(self, request: Request) -> None:  # noqa: B027
        """Called for each delivery, beside its messages: for whatever the platform wants confirmed."""

    # ── The same for all ───────────────────────────────────────────────────────────────────────

    def blueprint(self) -> Blueprint:
        """Routes under /webhooks/<name>/."""
        blueprint = Blueprint(f"charley_{self.name}", url_prefix=self.name)

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, _: Any) -> None:
            self._app = app
            self._keep(self._caller.tried(self.started))

        @blueprint.listener("before_server_stop")
        async def stop(_: Sanic, __: Any) -> None:
            if self._tasks:  # acknowledged: nobody would deliver them again
                await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            await self._caller.close()

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @blueprint.route("/webhook", methods=["GET", "POST"])
        async def webhook(request: Request) -> HTTPResponse:
            return await self._receive(request)

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
        if self.in_response:
            return await self._respond(messages)
        for message in messages:
            if _new(self._taken, message.id):
                self._keep(self._take(message, self._turns.place(self._known_as(message))))
        self._keep(self._caller.tried(partial(self.took, request)))
        return empty(200)

    async def _respond(self, messages: Sequence[Incoming]) -> HTTPResponse:
        """The response with all replies; to messages taken before, with the same ones again."""
        tasks = [self._keep(self._replies(m, self._turns.place(self._known_as(m)))) for m in messages]
        if tasks:
            await asyncio.wait(tasks)  # a turn goes on even if the platform hangs up
        return self.response([each for task in tasks if task.exception() is None for each in task.result()])

    async def _take(self, message: Incoming, place: Place) -> None:
        """Answer one message, unless it was taken before a restart."""
        for each in await self._replies(message, place, once=True):
            await self._caller.tried(partial(self.send, message.recipient, each))

    async def _replies(self, message: Incoming, place: Place, once: bool = False) -> Sequence[Message]:
        """What answers one message; `once`: nothing, if it has been answered."""
        sender = self._known_as(message)
        id_ = self._pseudonyms.of(self.name, f"message {message.id}")
        async with place:
            if once and await self._turns.assistant.has_taken(sender, id_):
                return ()
            found = await self._caller.tried(partial(self.fetched, message))
            if found is None:
                return ()
            turn = self._meant(sender, found.turn)
            if not self._paces.wait(sender):
                replies = await self._turns.assistant.reply(sender, turn, id_, found.place)
            else:
                replies = await self._turns.assistant.refuse(sender, turn, Refusal.TOO_FAST)
                if self._notices.wait(sender):
                    replies = replies[:-1]  # what a danger calls for, without the notice
            rendered = self._rendered(replies, message.recipient)
            _remember(self._offers, sender, rendered.numbered)
        return [each for each in rendered.messages if each.picture is None or self.picture(each.picture)]

    def _rendered(self, replies: Sequence[Mapping[str, Any]], recipient: str) -> Rendered:
        """The replies in the platform's form; plain, should anything about it fail."""
        try:
            return self.rendered(replies, recipient)
        except Exception as error:
            logger.error("%s: a reply could not be put into form: %s", self.name, type(error).__name__)
            limit = self.form_for(recipient).limit
            return Rendered([Message(part) for reply in replies for part in split(reply["text"], limit)])

    @property
    def http(self) -> ClientSession:
        """A session for calls to the platform."""
        return self._caller.http

    async def post(self, address: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """As `Caller.post`."""
        return await self._caller.post(address, body, headers)

    def picture(self, name: str) -> str | None:
        """The address of a drawing, where people can reach this server."""
        public = self.set.get(PUBLIC)
        return f"{public.rstrip('/')}/widget/drawings/{name}.png" if public else None

    def token(self, payload: str, limit: int) -> str:
        """What stands for a payload where at most `limit` bytes may: itself, if it fits."""
        return payload if len(payload.encode()) <= limit else _short(payload)

    def pressed(self, token: str) -> str:
        """The payload that a token stands for; an unknown one is given back, and refused later."""
        if not token.startswith(SHORT):
            return token
        if not self._payloads:
            self._payloads = {_short(payload): payload for payload in self._turns.assistant.payloads()}
        return self._payloads.get(token, token)

    @property
    def _turns(self) -> Turns:
        assert self._app is not None
        return of(self._app)

    def _meant(self, sender: str, turn: str | dict[str, Any]) -> str | dict[str, Any]:
        """The option that a typed number stands for, else the turn as it is."""
        offered = self._offers.get(sender, ())
        typed = turn.strip().rstrip(".)") if isinstance(turn, str) else ""
        if typed.isdecimal() and len(typed) < 3 and 1 <= int(typed) <= len(offered):
            return {"payload": offered[int(typed) - 1], "title": typed}
        return turn

    def _known_as(self, message: Incoming) -> str:
        return self._pseudonyms.of(self.name, message.sender)

    def _keep(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Do it in the background; should it fail, the log says of what kind."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("%s: a message failed with %s", self.name, type(task.exception()).__name__)


def _short(payload: str) -> str:
    return SHORT + hashlib.sha256(payload.encode()).hexdigest()[:24]


def _remember(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    """Keep the newest AT_HAND."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > AT_HAND:
        kept.popitem(last=False)


def _new(kept: OrderedDict[str, None], key: str) -> bool:
    """Whether this is the first time that the key is seen."""
    if key in kept:
        return False
    _remember(kept, key, None)
    return True
