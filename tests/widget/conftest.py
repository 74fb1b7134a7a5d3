"""The widget in a real browser (see tests/browser.py)."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser import until
from tests.conftest import Site


class Chat:
    """A page with the widget, as a person uses it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)

    def open(self) -> Chat:
        self.page.get_by_role("button", name="Chat about leg cramps").click()
        return self.ready()

    def ready(self) -> Chat:
        """Until the chat can be written in and is connected."""
        self.box.wait_for()
        until(self.page, "sessionStorage.getItem('charley-token') !== null")
        return self

    @property
    def box(self) -> Any:
        return self.page.get_by_role("textbox", name="Your message")

    @property
    def log(self) -> Any:
        return self.page.get_by_role("log")

    @property
    def answers(self) -> Any:
        """Charley's messages."""
        return self.log.locator(".charley")

    def say(self, text: str) -> Any:
        """Type a message and wait for what comes; gives Charley's last message."""
        count = self.answers.count()
        self.box.fill(text)
        self.box.press("Enter")
        return self.next_answer(count)

    def answer_calmly(self) -> None:
        """Answer a question of the check-up with whatever says that all is well."""
        group = self.page.get_by_role("group").last
        count = self.answers.count()
        none = group.get_by_role("checkbox", name=re.compile("^None"))
        if none.count():
            none.check()
            group.get_by_role("button", name="Send").click()
        else:
            group.get_by_role("button").first.click()
        self.next_answer(count)

    def next_answer(self, count: int) -> Any:
        """Charley's last message, once there are more than `count`."""
        self.answers.nth(count).wait_for()
        self.page.locator(".typing .dots").wait_for(state="detached")
        return self.answers.last


@pytest.fixture
def chat(page: Page, site: Site) -> Chat:
    """The server's own page with the widget open."""
    return Chat(page, site.url).open()


@pytest.fixture
def embedding(site: Site, tmp_path: Path) -> Iterator[Callable[[str, str], str]]:
    """Serves a page of another site: give its HTML and origin, get its address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(html: str, origin: str) -> str:
        (tmp_path / "index.html").write_text(html, encoding="utf-8")
        handler = functools.partial(Quiet, directory=str(tmp_path))
        servers.append(ThreadingHTTPServer(("127.0.0.1", urlsplit(origin).port or 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"{origin}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass
