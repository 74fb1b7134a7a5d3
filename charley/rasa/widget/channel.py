"""The widget's channel: socket.io under /widget/socket.io, and the files under /widget/ and /.

docs/widget.md tells the protocol. Rasa's own socket channel lets anyone join any conversation and
loses replies; here the server makes and signs every session, and a socket is told only its own.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import Event
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, text

from charley.admission import MAX_CHARACTERS, Refusal
from charley.answers.reply import Kind
from charley.care.numbers import DIAL_ANYWHERE
from charley.rasa.channel import CharleyInput, Place, Turns, is_id, of
from charley.rasa.metrics.registry import (
    BROKEN,
    BUSY,
    SESSIONS,
    SOCKETS,
    TOO_LARGE,
    UNREADABLE,
    channel_error,
    sending,
    turned_away,
)
from charley.rasa.rate import Paces
from charley.rasa.secret import NoSecret, Pseudonyms, secret_at_hand
from charley.rasa.services import addresses
from charley.rasa.services.addresses import AddressError
from charley.rasa.services.events import wants_text
from charley.rasa.services.sockets import SharedSockets
from charley.rasa.widget.files import FileMissing, read_files
from charley.rasa.widget.frames import SocketServer
from charley.rasa.widget.history import FEEDBACK, history
from charley.rasa.widget.sessions import Sessions

logger = logging.getLogger(__name__)

ORIGINS_VARIABLE = "CHARLEY_WIDGET_ORIGINS"  # the other sites that may embed the widget, with commas between
MAX_FRAME = 16_000  # bytes; the longest message takes 12,000 when every character is escaped
MAX_ID = 64  # characters of a message's id
BURST, PER_SECOND = 20, 1.0  # messages of one session
MAX_WAITING = 500  # turns of all sessions: half a minute of work
BUSY_SECONDS = 5
POST_SECONDS = 5
ACK_SECONDS = 0.005  # the acknowledgement's lead over the work, which would hold it up
MAX_PLACE = 20  # characters of a country or a locale
LEAVE_SECONDS = 1.0  # for sockets to end when the server stops
THUMBS = ("up", "down", None)


class _WithSockets(Blueprint):
    """Has Sanic speak websocket, which it must know before it starts."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        app.enable_websocket()
        super().register(app, options)


class WidgetInput(CharleyInput):
    """Credentials: none; what it needs stands in the environment.

    Args:
        secret: the server's (see charley.rasa.secret).
        origins: other sites ("https://clinic.example") whose pages may open sockets; the server's own may always.
        burst: messages that a session may send at once, and
        per_second: in the long run.
    """

    @classmethod
    def name(cls) -> str:
        return "widget"

    def url_prefix(self) -> str:
        return "/widget"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WidgetInput:
        """Read the secret, the sites and, from `credentials`, the limits.

        Raises:
            InvalidConfigException: without a usable secret, or if a service's address is none; Rasa prints it
                and stops.
        """
        try:
            secret = secret_at_hand()
            addresses.check()
            wants_text()
        except (NoSecret, AddressError) as error:
            raise InvalidConfigException(str(error)) from None
        origins = [origin.strip().rstrip("/") for origin in os.environ.get(ORIGINS_VARIABLE, "").split(",")]
        return cls(secret, [origin for origin in origins if origin], **(credentials or {}))

    def __init__(
        self,
        secret: bytes,
        origins: Iterable[str] = (),
        burst: float = BURST,
        per_second: float = PER_SECOND,
    ) -> None:
        self._sessions = Sessions(secret)
        self._pseudonyms = Pseudonyms(secret)
        self._origins = frozenset(origins)
        self._paces = Paces(burst, per_second)
        self._app: Sanic | None = None
        try:
            self._files = read_files()
        except FileMissing as error:
            raise InvalidConfigException(str(error)) from None
        redis = addresses.address(addresses.REDIS)
        self._others = SharedSockets(redis) if redis else None  # the other servers
        if self._others is not None:
            self._others.moved = self._move
        self._sio = SocketServer(
            client_manager=self._others,
            cors_allowed_origins=self._may_embed,
            cors_credentials=False,
            max_http_buffer_size=MAX_FRAME,
            always_connect=True,
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The sockets, and the files, of which the page at / hides Rasa's own route."""
        blueprint = self.guarded(_WithSockets("charley_widget"))
        for handler in (self.connect, self.say, self.thumb, self.forget):
            self._sio.on(handler.__name__, handler)

        @blueprint.listener("before_server_start")
        async def serve_files(app: Sanic, _: Any) -> None:
            app.register_middleware(self._file, "request")
            self._app = app
            SOCKETS.set_function(lambda: len(self._sio.eio.sockets))
            SESSIONS.set_function(self._open_sessions)

        @blueprint.route("/socket.io/", methods=["GET", "POST", "OPTIONS"])
        async def sockets(request: Request) -> HTTPResponse:
            if len(request.body) > MAX_FRAME:
                channel_error(self.name(), TOO_LARGE)
                return text("too large", status=413)
            if self._turns.is_stopping and request.args.get("sid") not in self._sio.eio.sockets:
                return text("stopping", status=503)  # a proxy goes on to the next server
            handling = self._sio.handle_request(request)
            try:  # a post from one who does not take what is sent could wait for ever
                return await (
                    asyncio.wait_for(handling, POST_SECONDS) if request.method == "POST" else handling
                )
            except Exception as error:  # of a request that no browser makes
                logger.error("A request for a socket failed with %s", type(error).__name__)
                channel_error(self.name(), UNREADABLE)
                return text("bad request", status=400)

        return blueprint

    async def connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Give the socket its session, and what has been said in it."""
        told = auth if isinstance(auth, dict) else {}
        session = self._sessions.of(told.get("token"))
        resumed = session is not None
        session = session or self._sessions.new()
        place = {key: told[key] for key in ("country", "locale") if isinstance(told.get(key), str)}
        place = {key: value for key, value in place.items() if len(value) <= MAX_PLACE}
        await self._join(sid, session, place)
        events = await self._events(session) if resumed else []
        start = self._start(session, resumed, events, place)
        await self._sio.emit("session", start, to=sid, ignore_queue=True)  # no other server has this socket

    async def say(self, sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
        """Take a message: acknowledge it, then work on it; the replies come as `answer`."""
        client = await self._client(sid)
        if client is None or not isinstance(data, dict) or not is_id(data.get("id"), MAX_ID):
            return {"ok": False, "error": "invalid"}
        session = client["session"]
        if self._turns.is_stopping:
            await self._send_away(sid)  # it says it again there
            return {"ok": False, "error": "busy", "retry_after": BUSY_SECONDS}
        refusal = self._too_much(session)
        if refusal is not None:
            turned_away(self.name(), BUSY if refusal["error"] == "busy" else Refusal.TOO_FAST.value)
            return {"ok": False, **refusal}
        pressed = "payload" in data
        turn = {"payload": data["payload"], "title": data.get("title")} if pressed else data.get("text")
        # Its place is taken now: what comes after, forgetting above all, is done after.
        place = self._turns.place(self._sender(session))
        self._turns.keep(self._answer(session, data["id"], turn, client["place"], place))
        shown = data.get("title") if pressed else turn
        if isinstance(shown, str):
            said = {"id": data["id"], "text": shown[:MAX_CHARACTERS]}
            await self._sio.emit("said", said, room=session, skip_sid=sid)
        return {"ok": True}

    async def thumb(self, sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
        """Keep what a person thinks of an answer."""
        client = await self._client(sid)
        if client is None or not isinstance(data, dict) or self._too_much(client["session"]):
            return {"ok": False}
        mark = {"id": data.get("id"), "index": data.get("index"), "value": data.get("value")}
        session = client["session"]
        answers = (
            {"id": entry["id"], "index": entry["index"]}
            for entry in history(session, await self._events(session))
            if entry["from"] == "charley" and entry["reply"]["metadata"].get("kind") == Kind.ANSWER.value
        )
        if mark["value"] not in THUMBS or {"id": mark["id"], "index": mark["index"]} not in answers:
            return {"ok": False}
        try:
            await self._turns.assistant.note(self._sender(session), FEEDBACK, mark)
        except Exception as error:
            logger.error("Could not keep a thumb: %s", type(error).__name__)
            channel_error(self.name(), BROKEN)
            return {"ok": False}
        return {"ok": True}

    async def forget(self, sid: str, *_: Any) -> dict[str, Any]:
        """Delete the conversation; this socket, and the person's others, go on with a new one."""
        client = await self._client(sid)
        if client is None or self._too_much(client["session"]):
            return {"ok": False}
        session = client["session"]
        try:
            replies = await self._turns.forget(self._sender(session), client["place"])
        except Exception as error:
            logger.error("Could not forget a conversation: %s", type(error).__name__)
            channel_error(self.name(), BROKEN)
            return {"ok": False}
        token = await self._move_on(session, but=sid)
        return {"ok": True, "token": token, "replies": [_bare(reply) for reply in replies]}

    async def leave(self) -> None:
        """Have all clients connect anew, to another server; wait a moment for them to do so."""
        for sid, _ in list(self._sio.manager.get_participants("/", None)):
            await self._send_away(sid)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._until_gone(), LEAVE_SECONDS)
        self._sio.eio.end_tasks()

    async def _until_gone(self) -> None:
        while self._sio.eio.sockets:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def _send_away(self, sid: str) -> None:
        """Tell a client that it is disconnected: it connects again at once, not after a pause as when it is cut off."""
        await self._sio.disconnect(sid, ignore_queue=True)

    @property
    def _turns(self) -> Turns:
        assert self._app is not None  # sockets open only once the server has started
        return of(self._app)

    def _sender(self, session: str) -> str:
        return self._pseudonyms.of(self.name(), session)

    def _start(
        self, session: str, resumed: bool, events: Sequence[Event], place: dict[str, str]
    ) -> dict[str, Any]:
        """What a client needs to begin, or to go on."""
        try:
            told = [_shown(entry) for entry in history(session, events)]
            numbers = self._turns.assistant.emergency_numbers(place, events)
        except Exception as error:  # whoever comes back must be able to go on all the same
            logger.error("Could not tell what was said: %s", type(error).__name__)
            channel_error(self.name(), BROKEN)
            told, numbers = [], list(DIAL_ANYWHERE)
        return {
            "token": self._sessions.sign(session),
            "resumed": resumed,
            "history": told,
            "max_characters": MAX_CHARACTERS,
            "emergency": {"numbers": [{"number": number, "place": place} for number, place in numbers]},
        }

    def _too_much(self, session: str) -> dict[str, Any] | None:
        """Why a session or the server can take no more now, and the seconds after which it may."""
        wait = self._paces.wait(session)
        if wait:
            return {"error": "rate_limited", "retry_after": math.ceil(wait)}
        if self._turns.waiting >= MAX_WAITING:
            return {"error": "busy", "retry_after": BUSY_SECONDS}
        return None

    async def _answer(
        self, session: str, message_id: str, turn: Any, where: dict[str, str], place: Place
    ) -> None:
        sender = self._sender(session)
        replies = await self._turns.reply(sender, turn, message_id, where, place, lead=ACK_SECONDS)
        if any(reply["metadata"].get("forgets") for reply in replies):
            await self._sio.emit("forgotten", {"token": self._sessions.sign(session)}, room=session)
        answer = {"id": message_id, "replies": [_bare(reply) for reply in replies]}
        with sending():
            await self._sio.emit("answer", answer, room=session)

    async def _move_on(self, session: str, but: str) -> str:
        """Move all sockets of a session to a new one, and tell the others of it; gives its token."""
        new = self._sessions.new()
        self._paces.move(session, to=new)  # or to forget would be a way around it
        await self._move(session, new, but)
        if self._others is not None:
            await self._others.move(session, to=new)
        return self._sessions.sign(new)

    async def _move(self, session: str, to: str, but: str | None = None) -> None:
        """Move this server's sockets of a session to another one, and tell all `but` one of it."""
        for sid, _ in list(self._sio.manager.get_participants("/", session)):
            client = await self._client(sid)
            await self._sio.leave_room(sid, session)
            await self._join(sid, to, client["place"] if client else {})
            if sid != but:
                token = {"token": self._sessions.sign(to)}
                await self._sio.emit("forgotten", token, to=sid, ignore_queue=True)

    def _open_sessions(self) -> int:
        """The rooms that are sessions: each socket is in one of its own too, and all are in one."""
        rooms = self._sio.manager.rooms.get("/", {})
        return len(rooms.keys() - rooms.get(None, {}).keys() - {None})

    async def _join(self, sid: str, session: str, place: dict[str, str]) -> None:
        await self._sio.save_session(sid, {"session": session, "place": place})
        await self._sio.enter_room(sid, session)

    async def _client(self, sid: str) -> dict[str, Any] | None:
        """The session and place of a socket; None if it has gone."""
        try:
            client: dict[str, Any] = await self._sio.get_session(sid)
        except KeyError:
            return None
        return client if "session" in client else None

    async def _events(self, session: str) -> Sequence[Event]:
        try:
            events: Sequence[Event] = await self._turns.assistant.events(self._sender(session))
        except Exception as error:  # whoever comes back must be able to go on all the same
            logger.error("Could not read a conversation: %s", type(error).__name__)
            channel_error(self.name(), BROKEN)
            return []
        return events

    def _may_embed(self, origin: str, environ: dict[str, Any]) -> bool:
        """Whether a page of this origin may open a socket."""
        try:
            own = urlsplit(origin).netloc == environ.get("HTTP_HOST", "")
        except ValueError:
            return False
        return own or origin in self._origins

    async def _file(self, request: Request) -> HTTPResponse | None:
        """Request middleware: the files; everything else goes on to Rasa."""
        file = self._files.get(request.path) if request.method in ("GET", "HEAD") else None
        return file.answer(request) if file else None


def _bare(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply without the sender's id."""
    return {key: value for key, value in reply.items() if key != "recipient_id"}


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "reply": _bare(entry["reply"])} if "reply" in entry else entry
