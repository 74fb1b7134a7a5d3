"""What tests in a real browser share: Chromium, driven by Playwright, and axe-core.

Where there is no Chromium, or no axe-core under widget/node_modules, these tests are skipped and
say so; with CHARLEY_BROWSER=required, as in CI, that is a failure.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
REQUIRED = os.environ.get("CHARLEY_BROWSER") == "required"
# Without a sandbox, which root may not have; and nothing of the browser's own on the network.
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SECONDS = 15


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none; run it last, for Playwright keeps an event loop going from then on."""
    items.sort(key=lambda item: "playwright" in getattr(item, "fixturenames", ()))
    missing = None if CHROMIUM else "there is no Chromium (Debian: apt-get install chromium)"
    if CHROMIUM and not AXE.exists():
        missing = "there is no axe-core (cd widget && npm ci)"
    for item in items:
        if missing and not REQUIRED and "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    assert CHROMIUM, "there is no Chromium, and CHARLEY_BROWSER=required"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
    yield browser
    browser.close()


@dataclass
class Seen:
    """What a context's pages did behind the scenes."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)  # of the console, and uncaught errors

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on(
            "console", lambda message: message.type == "error" and self.complaints.append(message.text)
        )


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def options() -> dict[str, Any]:
    """How the browser is set; tests override it (`@pytest.mark.parametrize("options", …)`)."""
    return {}


@pytest.fixture
def context(browser: Browser, seen: Seen, options: dict[str, Any]) -> Iterator[BrowserContext]:
    context = browser.new_context(
        **{"locale": "en-US", "viewport": {"width": 1000, "height": 800}, **options}
    )
    context.set_default_timeout(SECONDS * 1000)
    seen.watch(context)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def until(page: Page, condition: str) -> None:
    """Wait until a script's expression holds (Playwright's own waiting needs `eval`, which the policy forbids)."""
    deadline = time.monotonic() + SECONDS
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"never came true: {condition}"
        page.wait_for_timeout(50)


def findings(page: Page) -> list[str]:
    """What axe-core objects to, and what it leaves for a person to judge.

    Where the system chooses the colors, axe can't see them: it takes all text for invisible.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    forced = page.evaluate("matchMedia('(forced-colors: active)').matches")
    options = {
        "runOnly": {"type": "tag", "values": WCAG},
        "rules": {"color-contrast": {"enabled": not forced}},
    }
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{kind}: {rule['id']} {node['target']} {node.get('failureSummary', '')}"
        for kind in ("violations", "incomplete")
        for rule in result[kind]
        for node in rule["nodes"]
    ]
