"""All channels in this process, on a port of loopback, so that a test can break what lies beneath them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.conftest import Site
from tests.rasa.platforms.dialect import SECRET

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from charley.rasa.assistant import Assistant


@asynccontextmanager
async def served(assistant: Assistant, home: Path, environment: Mapping[str, str]) -> AsyncIterator[Site]:
    """REST, the widget, the platforms that the environment opens, and what watches them, before this assistant."""
    from rasa.core.channels.channel import register
    from sanic import Sanic

    from charley.rasa.channel import Turns
    from charley.rasa.metrics.channel import HealthInput
    from charley.rasa.platforms.channel import PlatformsInput
    from charley.rasa.rest import RestInput
    from charley.rasa.widget.channel import WidgetInput

    app = Sanic(f"charley_{uuid4().hex}", configure_logging=False)
    app.ctx.agent, app.ctx.charley = assistant._agent, Turns(assistant)
    app.ctx.charley.checked = True  # with what is broken here no server starts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sanic, "test_mode", True)  # lets several start in one process
        for name, value in {"CHARLEY_SECRET": SECRET, **environment}.items():
            patch.setenv(name, value)
        register(
            [each.from_credentials(None) for each in (RestInput, WidgetInput, PlatformsInput, HealthInput)],
            app,
            "/webhooks/",
        )
        server = await app.create_server(
            host="127.0.0.1", port=0, return_asyncio_server=True, access_log=False
        )
        assert server is not None
        await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        port = server.server.sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}", home)
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("charley.rasa.channel.STOP_SECONDS", 0.1)  # what hangs here hangs on purpose
            await server.before_stop()
        await server.close()
        await server.after_stop()
