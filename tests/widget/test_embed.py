"""Other people's pages: one tag embeds the widget, wherever the page comes from, if it may."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Seen
from tests.conftest import ROOT, Site, free_ports
from tests.widget.conftest import Chat

README_SERVER = "https://charley.example.org"


def tag(site: Site) -> str:
    """The README's tag, for this server."""
    line = next(
        line.strip()
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if "<script" in line and "charley-chat.js" in line
    )
    assert README_SERVER in line
    return line.replace(README_SERVER, site.url)


def policy(site: Site) -> str:
    """The content security policy that docs/widget.md asks for, and not a word more."""
    socket = site.url.replace("http", "ws", 1)
    rules = f"default-src 'none'; script-src {site.url}; connect-src {site.url} {socket}; img-src {site.url}"
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def test_one_tag_embeds_it_on_another_site_with_a_strict_policy(
    page: Page, site: Site, embedding: Callable[[str, str], str], seen: Seen
) -> None:
    html = f"<!doctype html><html lang=en><title>A clinic</title>{policy(site)}<main><h1>A clinic</h1></main>{tag(site)}"
    chat = Chat(page, embedding(html, site.other_origin)).open()
    assert "spinach" in chat.say("which foods have magnesium?").inner_text()
    answer = chat.say("show me stretches for cramp")
    expect(answer.get_by_role("img").first).to_be_attached()
    hosts = {urlsplit(address).netloc for address in seen.requests}
    assert hosts == {urlsplit(site.url).netloc, urlsplit(site.other_origin).netloc}
    assert not [text for text in seen.complaints if "favicon" not in text]
    assert page.context.cookies() == []


def test_a_page_places_it_by_hand_and_chooses_how_it_looks(
    page: Page, site: Site, embedding: Callable[[str, str], str]
) -> None:
    html = (
        f'<!doctype html><html lang=en><title>A club</title><charley-chat server="{site.url}" country="NZ" '
        f'position="left" opening="Welcome to the club." label="Cramp help"></charley-chat>{tag(site)}'
    )
    page.goto(embedding(html, site.other_origin))
    expect(page.locator("charley-chat")).to_have_count(1)
    launcher = page.get_by_role("button", name="Cramp help")
    box = launcher.bounding_box()
    assert box
    assert box["x"] < 200
    page.evaluate("document.querySelector('charley-chat').open()")
    expect(page.get_by_role("log")).to_contain_text("Welcome to the club.")
    page.get_by_role("button", name="Emergency").click()
    expect(page.get_by_role("link", name="Call 111 in New Zealand")).to_be_visible()
    page.evaluate("document.querySelector('charley-chat').close()")
    expect(launcher).to_be_visible()


def test_a_page_hears_that_something_was_said_but_not_what(
    page: Page, site: Site, embedding: Callable[[str, str], str]
) -> None:
    chat = Chat(page, embedding(f"<!doctype html><title>A page</title>{tag(site)}", site.other_origin))
    page.evaluate(
        """() => { window.heard = [];
        for (const type of ['charley-open', 'charley-message', 'charley-close'])
          document.addEventListener(type, e => heard.push(type + JSON.stringify(e.detail ?? ''))); }"""
    )
    chat.open().say("my axolotl calf cramps")
    page.keyboard.press("Escape")
    heard = page.evaluate("window.heard")
    assert heard[0].startswith("charley-open")
    assert any(each.startswith("charley-message") for each in heard)
    assert heard[-1].startswith("charley-close")
    assert "axolotl" not in str(heard)


def test_a_site_that_is_not_listed_gets_no_talk(
    page: Page, site: Site, embedding: Callable[[str, str], str]
) -> None:
    (port,) = free_ports(1)
    page.clock.install()
    Chat(page, embedding(f"<!doctype html><title>Stranger</title>{tag(site)}", f"http://localhost:{port}"))
    page.get_by_role("button", name="Chat about leg cramps").click()
    expect(page.get_by_role("log")).to_be_visible()
    for _ in range(40):
        page.clock.run_for(5_000)
        page.wait_for_timeout(20)
    alert = page.get_by_role("alert").filter(has_text="can't be reached")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("911")
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("missing", ["**/widget/lang/*", "**/widget/socket.io/**"])
def test_where_the_server_can_not_be_had_the_emergency_numbers_can(
    missing: str, page: Page, site: Site
) -> None:
    page.clock.install()
    page.route(missing, lambda route: route.abort())
    page.goto(site.url)
    page.get_by_role("button", name="Chat about leg cramps").click()
    for _ in range(40):
        page.clock.run_for(5_000)
        page.wait_for_timeout(20)
    alert = page.get_by_role("alert").filter(has_text="can't be reached")
    expect(alert).to_contain_text("911")
    expect(alert).to_contain_text("999")
    page.unroute(missing)
    alert.get_by_role("button", name="Try again").click()
    page.clock.run_for(5_000)
    expect(page.get_by_role("log")).to_be_visible()
