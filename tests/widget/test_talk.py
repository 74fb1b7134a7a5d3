"""A talk in the widget, from the first look at the page to the last word."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from charley.admission import MAX_CHARACTERS
from charley.rasa.widget.channel import BURST
from tests.browser import Seen, until
from tests.conftest import Site
from tests.widget.conftest import Chat

FOODS = "which foods have magnesium?"


def test_nothing_is_loaded_nor_kept_before_the_chat_is_opened(page: Page, site: Site, seen: Seen) -> None:
    chat = Chat(page, site.url)
    expect(page.get_by_role("button", name="Chat about leg cramps")).to_be_visible()
    page.wait_for_load_state("networkidle")
    before = [urlsplit(address).path for address in seen.requests]
    assert sorted(before) == ["/", "/page.css", "/page.js", "/widget/charley-chat.js"]
    chat.open()
    page.wait_for_load_state("load")
    assert "/widget/lang/en.json" in [urlsplit(address).path for address in seen.requests]


def test_the_first_screen_says_what_this_is(chat: Chat) -> None:
    expect(chat.page.get_by_role("dialog")).to_contain_text("Not a doctor")
    expect(chat.log).to_contain_text("bot")
    expect(chat.log).to_contain_text("Forget this chat")
    expect(chat.page.get_by_role("button", name="How do I stop a cramp?")).to_be_visible()
    expect(chat.box).to_be_focused()


def test_a_question_is_answered_with_a_list_and_its_sources(chat: Chat, seen: Seen) -> None:
    answer = chat.say("how do i stop a cramp right now")
    expect(answer.get_by_role("listitem").first).to_contain_text("stretch")
    sources = answer.locator("details")
    link = sources.get_by_role("link").first
    expect(link).to_be_hidden()
    sources.locator("summary").click()
    expect(link).to_be_visible()
    assert re.match("https?://", link.get_attribute("href") or "")
    assert "noopener" in (link.get_attribute("rel") or "")
    assert not seen.complaints


def test_what_to_do_is_drawn(chat: Chat) -> None:
    answer = chat.say("show me stretches for cramp")
    drawing = answer.get_by_role("img").first
    drawing.scroll_into_view_if_needed()
    drawn = "document.querySelector('charley-chat').shadowRoot.querySelector('figure img').naturalWidth > 0"
    until(chat.page, drawn)
    assert "toes" in (drawing.get_attribute("alt") or "")


def test_things_compared_stand_in_a_table(chat: Chat) -> None:
    answer = chat.say("compare magnesium and potassium")
    expect(answer.get_by_role("columnheader", name="Magnesium")).to_be_visible()
    expect(answer.get_by_role("columnheader", name="Potassium")).to_be_visible()
    assert answer.get_by_role("rowheader").count() > 1


def test_a_quick_reply_asks_what_it_says_and_goes(chat: Chat) -> None:
    chat.say("hi")
    count = chat.answers.count()
    button = chat.page.get_by_role("button", name="Relief right now")
    button.click()
    expect(chat.next_answer(count)).to_contain_text("stretch")
    expect(chat.log.locator(".person").last).to_contain_text("Relief right now")
    expect(button).to_have_count(0)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("i have chest pain and can not breathe", "Emergency"),
        ("one calf is swollen, red and warm", "Get care today"),
        ("i have had cramps every night for 3 weeks", "See a doctor"),
        ("i want to end my life", "Get help now"),
    ],
)
def test_care_stands_out_in_words_too(message: str, words: str, chat: Chat) -> None:
    before = chat.answers.count()
    chat.say(message)
    expect(chat.answers.nth(before)).to_contain_text(words)


def test_the_number_in_a_care_reply_can_be_called(chat: Chat) -> None:
    before = chat.answers.count()
    chat.say("i have chest pain and can not breathe")
    call = chat.answers.nth(before).get_by_role("link", name="911").first
    assert call.get_attribute("href") == "tel:911"


def test_the_numbers_to_call_are_a_press_away(chat: Chat) -> None:
    chat.page.get_by_role("button", name="Emergency").click()
    expect(chat.page.get_by_role("dialog")).to_contain_text("If you think this is an emergency")
    call = chat.page.get_by_role("link", name="Call 911 in the US")
    assert call.get_attribute("href") == "tel:911"
    expect(call).to_be_visible()


HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
    "[click](javascript:document.title='owned') <a href=\"javascript:alert(1)\">x</a>",
    "<svg/onload=document.title='owned'> **bold** `code`",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_code_is_shown_as_text(text: str, chat: Chat, site: Site) -> None:
    chat.say(text)
    for _ in ("as said", "as told again after a reload"):
        expect(chat.log.locator(".person").last).to_contain_text(text)
        assert chat.log.locator("img, script, a[href^='javascript']").count() == 0
        assert chat.page.title() != "owned"
        chat = Chat(chat.page, site.url).open()
        expect(chat.log.locator(".person")).to_have_count(1)


def test_a_reload_keeps_the_talk_and_the_browser_keeps_nothing_of_it(chat: Chat, site: Site) -> None:
    said = chat.say(FOODS).inner_text()
    again = Chat(chat.page, site.url).open()
    expect(again.answers.last).to_contain_text("spinach")
    assert again.answers.last.inner_text() == said
    assert "banana" in again.say("and potassium?").inner_text().lower()
    kept = again.page.evaluate("({...sessionStorage, ...localStorage, cookie: document.cookie})")
    assert set(kept) == {"charley-token", "cookie"}
    assert kept["cookie"] == ""
    assert "magnesium" not in json.dumps(kept)


def test_a_thumb_is_kept(chat: Chat, site: Site) -> None:
    answer = chat.say(FOODS)
    up = answer.get_by_role("button", name="Yes, this helped")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    again = Chat(chat.page, site.url).open()
    expect(again.answers.last.locator("button[aria-pressed=true]")).to_have_count(1)


def test_to_start_again_is_a_press_away(chat: Chat) -> None:
    chat.say(FOODS)
    count = chat.answers.count()
    chat.page.get_by_role("button", name="Menu").click()
    chat.page.get_by_role("button", name="Start again").click()
    expect(chat.next_answer(count)).to_contain_text("start again")


def test_to_forget_deletes_the_talk_on_screen_and_on_the_server(chat: Chat, site: Site) -> None:
    canary = "axolotlesque"
    chat.say(f"my {canary} calf cramps at night")
    token = chat.page.evaluate("sessionStorage.getItem('charley-token')")
    chat.page.get_by_role("button", name="Menu").click()
    chat.page.get_by_role("button", name="Forget this chat").click()
    expect(chat.log).to_contain_text(canary)
    chat.page.get_by_role("button", name="Yes, forget it").click()
    expect(chat.log).to_contain_text("this chat is deleted")
    expect(chat.log).not_to_contain_text(canary)
    assert chat.page.evaluate("sessionStorage.getItem('charley-token')") != token
    with sqlite3.connect(site.home / "var" / "conversations.db") as database:
        rows = database.execute("select count(*) from events where data like ?", [f"%{canary}%"])
        assert rows.fetchone() == (0,)
    assert "spinach" in chat.say(FOODS).inner_text()


def test_a_message_too_long_stays_in_the_box_and_is_not_sent(chat: Chat) -> None:
    chat.box.fill("x" * (MAX_CHARACTERS + 1))
    chat.box.press("Enter")
    expect(chat.page.get_by_role("alert").filter(has_text=re.compile("long"))).to_be_visible()
    expect(chat.box).to_have_value("x" * (MAX_CHARACTERS + 1))
    expect(chat.log.locator(".person")).to_have_count(0)


def test_who_writes_too_fast_waits_and_loses_nothing(chat: Chat) -> None:
    for n in range(BURST + 2):
        chat.box.fill(f"hello {n}")
        chat.box.press("Enter")
    expect(
        chat.page.get_by_role("status").filter(has_text=re.compile("fast|wait", re.IGNORECASE))
    ).to_be_visible()
    last = chat.log.locator(".person").filter(has_text=f"hello {BURST + 1}")
    expect(last).to_be_visible()
    expect(chat.page.locator(".typing .dots")).to_have_count(0, timeout=30_000)
    expect(chat.log.locator(".note")).to_have_count(0)


def test_another_tab_shows_the_same_talk(chat: Chat, context: BrowserContext, site: Site) -> None:
    chat.say("hi")
    token = chat.page.evaluate("sessionStorage.getItem('charley-token')")
    page = context.new_page()
    page.goto(site.url)
    page.evaluate("token => sessionStorage.setItem('charley-token', token)", token)
    tab = Chat(page, site.url).open()
    count = tab.answers.count()
    chat.say(FOODS)
    tab.next_answer(count)
    expect(tab.log.locator(".person").last).to_contain_text(FOODS)
    expect(tab.answers.last).to_contain_text("spinach")


def test_the_check_up_goes_by_check_boxes_and_ends_with_something_to_take_along(
    chat: Chat, tmp_path: Path
) -> None:
    page = chat.page
    chat.say("should i see a doctor?")
    group = page.get_by_role("group").last
    none = group.get_by_role("checkbox", name="None of these")
    pain = group.get_by_role("checkbox", name="Chest pain or trouble breathing")
    pain.check()
    none.check()
    expect(pain).not_to_be_checked()
    group.get_by_role("button", name="Send").click()
    for _ in range(12):
        expect(page.locator(".typing .dots")).to_have_count(0)
        if page.get_by_role("button", name="Save").count():
            break
        chat.answer_calmly()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save").last.click()
    summary = Path(saving.value.path()).read_text(encoding="utf-8")
    assert "What you told me" in summary
    assert "ask the doctor" in summary
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == summary.strip()
