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
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, TypeVar

from aiohttp import ClientSession, ClientTimeout
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json, text

from charley.admission import Refusal
from charley.answers.render import Form, Message, Rendered, render
from charley.rasa.channel import Turns, of
from charley.rasa.rate import Bucket
from charley.rasa.secret import Pseudonyms

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_BODY = 64_000  # bytes
BURST, PER_SECOND = 20, 1.0  # messages of one sender
AT_HAND = 10_000  # senders, message ids and offers that are remembered
SEND_SECONDS = 10.0
WAIT_SECONDS = (0.5, 2.0)  # between three tries of a call
PUBLIC = "CHARLEY_PUBLIC_URL"  # where people reach this server, if they do: platforms fetch drawings there
SHORT = "~"  # begins what stands for a payload that is too long


class Incomplete(ValueError):
    """Some of a platform's variables are set and some are missing; the message names them."""


class NotSent(RuntimeError):
    """A platform did not take a message; the message says the status, never the text.

    Attributes:
        worth_retrying: whether it may take it later.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.worth_retrying = status == 429 or status >= 500


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
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._offers: OrderedDict[str, Sequence[str]] = OrderedDict()  # what numbers stand for, by sender
        self._payloads: dict[str, str] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._session: ClientSession | None = None
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
            task = asyncio.create_task(self._start())
            self._keep(task)

        @blueprint.listener("after_server_stop")
        async def stop(_: Sanic, __: Any) -> None:
            if self._session is not None:
                await self._session.close()

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
        try:
            at_once = self.answer_at_once(request)
            messages = [] if at_once else list(self.read(request))
        except Exception as error:  # signed, and yet of a shape unheard of: repeated, it would be no better
            logger.error("%s sent what could not be read: %s", self.name, type(error).__name__)
            return empty(200)
        if at_once is not None:
            return at_once
        if self.in_response:
            return await self._respond(messages)
        for message in messages:
            self._keep(asyncio.create_task(self._take(message)))
        self._keep(asyncio.create_task(self._confirm(request)))
        return empty(200)

    async def _respond(self, messages: Sequence[Incoming]) -> HTTPResponse:
        """The response with all replies; to messages taken before, with the same ones again."""
        tasks = [asyncio.create_task(self._replies(message)) for message in messages]
        for task in tasks:
            self._keep(task)
        if tasks:
            await asyncio.wait(tasks)  # a turn goes on even if the platform hangs up
        return self.response([each for task in tasks if task.exception() is None for each in task.result()])

    async def _take(self, message: Incoming) -> None:
        """Answer one message, unless it was taken before."""
        if not _new(self._taken, message.id):
            return
        sender = self._pseudonyms.of(self.name, message.sender)
        if await self._turns.assistant.has_taken(sender, _id_of(message)):  # before a restart
            return
        for each in await self._replies(message):
            await self._tried(partial(self.send, message.recipient, each))

    async def _replies(self, message: Incoming) -> Sequence[Message]:
        """What answers one message."""
        sender = self._pseudonyms.of(self.name, message.sender)
        found = await self._tried(partial(self.fetched, message))
        if found is None:
            return ()
        turn = self._meant(sender, found.turn)
        if self._bucket(sender).wait():
            replies = await self._turns.assistant.refuse(sender, turn, Refusal.TOO_FAST)
        else:
            replies = await self._turns.reply(sender, turn, _id_of(message), found.place)
        rendered = self.rendered(replies, message.recipient)
        _remember(self._offers, sender, rendered.numbered)
        return [each for each in rendered.messages if each.picture is None or self.picture(each.picture)]

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Call, again if need be; where it never comes off, None, and the log says so without a word of it."""
        for wait in (*WAIT_SECONDS, None):
            try:
                return await asyncio.wait_for(call(), SEND_SECONDS)
            except Exception as error:
                if wait is None or (isinstance(error, NotSent) and not error.worth_retrying):
                    logger.error("%s did not take a message: %s", self.name, _why(error))
                    return None
                await asyncio.sleep(wait)
        return None

    async def post(self, address: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """POST JSON and give the JSON of the answer.

        Raises:
            NotSent: if the status is 400 or more.
        """
        async with self.http.post(address, json=body, headers=headers) as reply:
            if reply.status >= 400:
                raise NotSent(reply.status)
            return await reply.json(content_type=None)

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
    def http(self) -> ClientSession:
        """A session for calls to the platform."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(timeout=ClientTimeout(total=SEND_SECONDS))
        return self._session

    @property
    def _turns(self) -> Turns:
        assert self._app is not None
        return of(self._app)

    def _meant(self, sender: str, turn: str | dict[str, Any]) -> str | dict[str, Any]:
        """The option that a typed number stands for, else the turn as it is."""
        offered = self._offers.get(sender, ())
        typed = turn.strip().rstrip(".)") if isinstance(turn, str) else ""
        if typed.isdigit() and len(typed) < 3 and 1 <= int(typed) <= len(offered):
            return {"payload": offered[int(typed) - 1], "title": typed}
        return turn

    def _bucket(self, sender: str) -> Bucket:
        bucket = self._buckets.get(sender) or Bucket(BURST, PER_SECOND)
        _remember(self._buckets, sender, bucket)
        return bucket

    async def _start(self) -> None:
        try:
            await self.started()
        except Exception as error:
            logger.error("%s could not be told where to send messages: %s", self.name, _why(error))

    async def _confirm(self, request: Request) -> None:
        try:
            await self.took(request)
        except Exception as error:
            logger.error("%s did not take a confirmation: %s", self.name, _why(error))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("%s: a message failed with %s", self.name, type(task.exception()).__name__)


def _id_of(message: Incoming) -> str:
    return hashlib.sha256(message.id.encode()).hexdigest()[:32]


def _short(payload: str) -> str:
    return SHORT + hashlib.sha256(payload.encode()).hexdigest()[:24]


def _why(error: BaseException) -> str:
    return str(error) if isinstance(error, NotSent) else type(error).__name__


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
