"""Frames from clients that may send anything, in both protocols: socket.io's, and engine.io's that carries it.

The libraries raise on what they can't read, out of the loop that reads, and the error ends in the log.
"""

from __future__ import annotations

import asyncio
from typing import Any

import engineio
import socketio
from engineio.async_drivers.sanic import WebSocket
from engineio.packet import Packet as Carrier
from socketio import packet

KNOWN = (packet.CONNECT, packet.DISCONNECT, packet.EVENT, packet.ACK)
RESERVED = ("connect", "disconnect")
ABSENT = object()
MAX_UNSENT = 500  # packets that wait for a client which does not read


class Frame(packet.Packet):  # type: ignore[misc]
    """socket.io's packet; one that can't be read counts as the client taking its leave.

    The library would also wait, in memory, for what a binary packet announces. The widget sends none.
    """

    uses_binary_events = False
    packet_type: int

    def __init__(self, *args: Any, encoded_packet: Any = ABSENT, **options: Any) -> None:
        received = encoded_packet is not ABSENT
        super().__init__(*args, encoded_packet=encoded_packet if received else None, **options)
        if received and not encoded_packet:  # the library would make an event of it
            self._take_leave()

    def decode(self, encoded_packet: Any) -> int:
        """Read a frame; 0 attachments always."""
        try:
            super().decode(encoded_packet)
            readable = isinstance(encoded_packet, str) and self.packet_type in KNOWN and self._is_whole()
        except (ValueError, TypeError, IndexError, RecursionError):
            readable = False
        if not readable:
            self._take_leave()
        return 0

    def _is_whole(self) -> bool:
        """An event is a list that begins with its name, an acknowledgement a list with its number.

        The library would take an event called "connect" for the connection itself.
        """
        if self.packet_type == packet.EVENT:
            named = isinstance(self.data, list) and bool(self.data) and isinstance(self.data[0], str)
            return named and self.data[0] not in RESERVED  # type: ignore[index]
        return self.packet_type != packet.ACK or (isinstance(self.data, list) and self.id is not None)

    def _take_leave(self) -> None:
        self.packet_type, self.namespace, self.id, self.data = packet.DISCONNECT, None, None, None


class CheckedWebSocket(WebSocket):  # type: ignore[misc]
    """A websocket that ends with the first frame that engine.io could not read, or should not keep."""

    async def wait(self) -> str | bytes:
        """The next frame.

        Raises:
            OSError: at the end; engine.io then closes in good order.
        """
        frame: str | bytes = await super().wait()
        socket = self.handler.__self__
        if len(frame) > socket.server.max_http_buffer_size or socket.queue.qsize() > MAX_UNSENT:
            raise OSError("too much")
        try:
            Carrier(encoded_packet=frame)
        except (ValueError, TypeError, IndexError, RecursionError) as error:
            raise OSError("not a frame of the protocol") from error
        return frame


class _Carriers(engineio.AsyncServer):  # type: ignore[misc]
    _async: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async = {**self._async, "websocket": CheckedWebSocket}
        self._tasks: set[asyncio.Future[Any]] = set()

    def start_background_task(self, target: Any, *args: Any, **options: Any) -> asyncio.Future[Any]:
        """As the library's, which has nobody who could end it: a ping to who has gone waits for half a minute."""
        task: asyncio.Future[Any] = super().start_background_task(target, *args, **options)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def end_tasks(self) -> None:
        """End whatever is done in the background."""
        for task in self._tasks:
            task.cancel()


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """socket.io's server on Sanic, for clients that may send anything."""

    def __init__(self, **options: Any) -> None:
        super().__init__(async_mode="sanic", serializer=Frame, **options)

    def _engineio_server_class(self) -> type:
        return _Carriers
