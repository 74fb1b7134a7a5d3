"""From a person's message to the messages that answer it, sent in order: the same for every platform.

The replies come from the server's one assistant; charley/answers/render.py puts them into the platform's form.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from aiohttp import ClientSession
from sanic import Sanic

from charley.admission import Refusal
from charley.answers.render import Form, Message, Rendered, in_words, render, split
from charley.answers.reply import Kind
from charley.rasa.channel import Place, Turns, of
from charley.rasa.metrics.message import current, taking
from charley.rasa.metrics.registry import BROKEN, NOT_FETCHED, NOT_FORMED, channel_error, sending
from charley.rasa.platforms.calls import Caller, NotSent
from charley.rasa.rate import Paces
from charley.rasa.rescue import LAST_WORDS
from charley.rasa.secret import Pseudonyms

logger = logging.getLogger(__name__)
R = TypeVar("R")

BURST, PER_SECOND = 20, 1.0  # messages of one sender
AT_HAND = 10_000  # senders, message ids and offers that are remembered
NOTICE_SECONDS = 30  # between two notices to who writes too fast: some pay for each
FETCH_SECONDS = 3.5  # for a message to be fetched: three tries, if none of them hangs
CARE_SECONDS = 1.0  # that what care demands waits at most for the messages of the turn before
PUBLIC = "CHARLEY_PUBLIC_URL"  # where people reach this server, if they do: platforms fetch drawings there
SHORT = "~"  # begins what stands for a payload that is too long


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


class Answerer(ABC):
    """Answers the messages of one platform, which says how they are fetched, put into form and sent.

    Attributes:
        set: the variables that open the platform, and those that change it.
    """

    name: ClassVar[str]
    form: ClassVar[Form]

    def __init__(self, set_: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        self.set = set_
        self._pseudonyms = pseudonyms
        self._paces = Paces(BURST, PER_SECOND)
        self._notices = Paces(1, 1 / NOTICE_SECONDS)
        self._caller = Caller(self.name)
        self._payloads: dict[str, str] = {}
        self._way_out: dict[str, asyncio.Future[None]] = {}  # the line of each sender's turns to be sent
        self._app: Sanic | None = None

    @abstractmethod
    async def send(self, recipient: str, message: Message) -> None:
        """Send one message.

        Raises:
            NotSent: if the platform does not take it.
        """

    def form_for(self, recipient: str) -> Form:
        """The form of messages to a recipient, where not all have the same."""
        return self.form

    def rendered(self, replies: Sequence[Mapping[str, Any]], recipient: str) -> Rendered:
        """The replies of a turn as messages to a recipient."""
        form = self.form_for(recipient)
        return render(replies, form if PUBLIC in self.set else replace(form, pictures=False))

    async def fetched(self, message: Incoming) -> str | dict[str, Any] | None:
        """The turn of a message, where a delivery holds nothing but ids; None if it holds no text.

        Raises:
            NotSent: if the platform does not give it.
        """
        return message.turn

    def take(self, message: Incoming) -> None:
        """Answer a message in the background."""
        sender = self._known_as(message)
        self._keep(self._take(message, self._turns.place(sender), Place(self._way_out, sender)))

    async def messages(self, message: Incoming) -> Sequence[Message]:
        """What answers a message, for who sends it otherwise; it goes on if the caller is cancelled."""
        work = self._keep(self._replies(message, self._turns.place(self._known_as(message))))
        return (await asyncio.shield(work)).messages

    async def _take(self, message: Incoming, place: Place, way_out: Place) -> None:
        """Answer one message, unless it was taken before a restart; the turn before is sent first."""
        rendered = await self._replies(message, place, once=True)
        way_out.patience = CARE_SECONDS if rendered.care else None
        async with way_out:
            with sending():
                for each in rendered.messages:
                    await self._deliver(message.recipient, each)

    async def _deliver(self, recipient: str, message: Message) -> None:
        """Send one message; in words alone, if the platform refuses what is in it or under it."""
        with suppress(NotSent):  # the log says so
            try:
                await self._caller.tried(partial(self.send, recipient, message))
            except NotSent as refused:
                if refused.worth_retrying or not (message.picture or message.options):
                    raise
                for each in in_words(message, self.form_for(recipient)):
                    await self._caller.tried(partial(self.send, recipient, each))

    async def _replies(self, message: Incoming, place: Place, once: bool = False) -> Rendered:
        """What answers one message, whatever fails; `once`: nothing, if it has been answered."""
        try:
            with taking(self.name):
                return await self._answer(message, place, once)
        except Exception as error:
            channel_error(self.name, BROKEN)
            logger.error("%s: nothing but last words for a message: %s", self.name, type(error).__name__)
            return Rendered([Message(LAST_WORDS)], care=True)

    async def _answer(self, message: Incoming, place: Place, once: bool) -> Rendered:
        """The replies to a message; to an emergency whose turn is held up, its care reply ahead of them."""
        sender = self._known_as(message)
        try:
            turn = await asyncio.wait_for(self._caller.tried(partial(self.fetched, message)), FETCH_SECONDS)
        except (NotSent, asyncio.TimeoutError):
            logger.error("%s: a message could not be fetched", self.name)
            channel_error(self.name, NOT_FETCHED)
            place.patience = 0  # this needs no turn
            async with place:
                replies = await self._turns.assistant.unavailable(sender)
            return replace(self._rendered(replies, message.recipient), care=True)  # it may have been a danger
        work = self._keep(self._work(message, turn, place, once))
        danger = await self._turns.ahead(sender, turn, work)
        return self._rendered(danger, message.recipient) if danger else await work

    async def _work(self, message: Incoming, turn: Any, place: Place, once: bool) -> Rendered:
        """The replies to a turn when it is next, in the platform's form."""
        sender = self._known_as(message)
        id_ = self._pseudonyms.of(self.name, f"message {message.id}")
        async with place:
            if turn is None or (once and await self._has_taken(sender, id_)):
                current().turned_away((Refusal.EMPTY if turn is None else Refusal.REPEATED).value)
                return Rendered(())
            assistant = self._turns.assistant
            turn = await self._meant(sender, message.recipient, turn)
            if not self._paces.wait(sender):
                reply = assistant.reply_once if once else assistant.reply
                replies = await reply(sender, turn, id_, message.place)
            else:
                replies = await assistant.refuse(sender, turn, Refusal.TOO_FAST)
                if self._notices.wait(sender):
                    replies = replies[:-1]  # what a danger calls for, without the notice
            return self._rendered(replies, message.recipient)

    async def _has_taken(self, sender: str, id_: str) -> bool:
        """Whether the message has been answered; where that can't be known, it is answered rather twice than never."""
        try:
            return await self._turns.assistant.has_taken(sender, id_)
        except Exception as error:
            logger.error("%s: what was taken could not be read: %s", self.name, type(error).__name__)
            channel_error(self.name, BROKEN)
            return False

    def _rendered(self, replies: Sequence[Mapping[str, Any]], recipient: str) -> Rendered:
        """The replies in the platform's form; plain, should anything about it fail."""
        care = any(reply["metadata"].get("kind") == Kind.CARE.value for reply in replies)
        try:
            return replace(self.rendered(replies, recipient), care=care)
        except Exception as error:
            logger.error("%s: a reply could not be put into form: %s", self.name, type(error).__name__)
            channel_error(self.name, NOT_FORMED)
            limit = self.form_for(recipient).limit
            parts = (part for reply in replies for part in split(reply["text"], limit))
            return Rendered([Message(part) for part in parts], care=care)

    @property
    def http(self) -> ClientSession:
        """A session for calls to the platform."""
        return self._caller.http

    async def post(self, address: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """As `Caller.post`."""
        return await self._caller.post(address, body, headers)

    def picture(self, name: str) -> str:
        """The address of a drawing; there are none in a message unless people can reach this server."""
        return f"{self.set[PUBLIC].rstrip('/')}/widget/drawings/{name}.png"

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

    async def _meant(self, sender: str, recipient: str, turn: str | dict[str, Any]) -> str | dict[str, Any]:
        """The option that a typed number stands for, else the turn as it is."""
        typed = turn.strip().rstrip(".)") if isinstance(turn, str) else ""
        if not typed.isdecimal() or len(typed) > 2:
            return turn
        # Read back, not remembered: it may have been offered by another server, or before a restart.
        offered = self._rendered(await self._turns.assistant.latest_replies(sender), recipient).numbered
        if 1 <= int(typed) <= len(offered):
            return {"payload": offered[int(typed) - 1], "title": typed}
        return turn

    def _known_as(self, message: Incoming) -> str:
        return self._pseudonyms.of(self.name, message.sender)

    def _keep(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Do it in the background; should it fail, the log says of what kind."""
        task = self._turns.keep(work)  # acknowledged: nobody would deliver it again
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, NotSent):  # of which the log has told
            logger.error("%s: a message failed with %s", self.name, type(error).__name__)
            channel_error(self.name, BROKEN)


def _short(payload: str) -> str:
    return SHORT + hashlib.sha256(payload.encode()).hexdigest()[:24]


def remember(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    """Keep the newest AT_HAND."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > AT_HAND:
        kept.popitem(last=False)
