"""A TCP proxy that can be told to pass, to drop or to hang: a service that is there, gone, or says nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal

Mode = Literal["pass", "drop", "hang"]


class FaultyProxy:
    """Listens on a port of loopback for a service on another one."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self._target = port, target
        self._mode: Mode = "pass"
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._do(self._listen())

    def set(self, mode: Mode) -> None:
        """From now on: pass all on (also what hung), hang up on everybody, or take all and pass nothing on."""
        self._do(self._set(mode))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _set(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "hang":
            self._open.clear()
        else:
            self._open.set()
        if mode == "drop":
            for writer in self._writers:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._open.wait()
            if self._mode == "drop":
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(back)
            pumps = [asyncio.create_task(self._pump(*ends)) for ends in ((reader, back), (there, writer))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            back.transport.abort()
            self._writers.discard(back)
        except OSError:
            pass  # the service is gone itself
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()


Until = Callable[[], bool]
