"""Lost connections: a server that dies and comes back, a line that drops; nothing is lost, nothing said twice."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import Restartable
from tests.widget.conftest import Chat

COMES_BACK = 120_000  # milliseconds that a restart may take, which the widget keeps trying for


def test_a_talk_goes_on_when_the_server_dies_and_comes_back(page: Page, restartable: Restartable) -> None:
    server = restartable
    server.start()
    chat = Chat(page, server.site.url).open()
    chat.say("which foods have magnesium?")
    token = page.evaluate("sessionStorage.getItem('charley-token')")
    server.kill()
    status = page.get_by_role("status")
    expect(status.filter(has_text=re.compile("lost"))).to_be_visible()
    chat.box.fill("and potassium?")
    chat.box.press("Enter")
    waiting = chat.log.locator(".person").last
    expect(waiting).to_contain_text("Not sent yet")
    server.start()
    # The opening, and an answer to each.
    expect(chat.answers).to_have_count(3, timeout=COMES_BACK)
    expect(chat.answers.last).to_contain_text(re.compile("potassium", re.IGNORECASE))
    expect(waiting).not_to_contain_text("Not sent yet")
    expect(chat.log.locator(".person")).to_have_count(2)
    assert token.split(".")[0] == page.evaluate("sessionStorage.getItem('charley-token')").split(".")[0]
    again = Chat(page, server.site.url).open()
    expect(again.log.locator(".person")).to_have_count(2)
    expect(again.answers).to_have_count(2)


def test_a_line_that_drops_is_told_and_mended(chat: Chat, context: BrowserContext) -> None:
    chat.say("hi")
    context.set_offline(True)
    expect(chat.page.get_by_role("status").filter(has_text=re.compile("lost"))).to_be_visible(timeout=60_000)
    count = chat.answers.count()
    chat.box.fill("which foods have magnesium?")
    chat.box.press("Enter")
    expect(chat.log.locator(".person").last).to_contain_text("Not sent yet")
    context.set_offline(False)
    expect(chat.answers.nth(count)).to_contain_text("spinach", timeout=30_000)
    expect(chat.log.locator(".person")).to_have_count(2)
