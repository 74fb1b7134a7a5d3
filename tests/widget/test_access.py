"""Everyone can use it: axe-core in every state, the keyboard alone, small screens, what a screen reader is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import findings, until
from tests.conftest import Site
from tests.widget.conftest import Chat

PHONE, ZOOMED = (
    {"width": 320, "height": 640},
    {"width": 320, "height": 256},
)  # the second: 1280 x 1024 at 400 %
WAYS: list[dict[str, Any]] = [
    {},
    {"color_scheme": "dark"},
    {"viewport": PHONE},
    {"viewport": ZOOMED},
    {"forced_colors": "active"},
    {"reduced_motion": "reduce"},
]
TARGET = 44  # pixels, each way
EPSILON = 0.05  # pixels: the browser lays out in 64ths, so that 44 is at times 43.99999
SHADOW = "document.querySelector('charley-chat').shadowRoot"


def states(chat: Chat, context: BrowserContext) -> Iterator[str]:
    """Brings the widget into each of its states, one after the other."""
    page = chat.page
    yield "opened"
    chat.say("how do i stop a cramp right now")
    yield "an answer"
    chat.answers.last.locator("summary").click()
    yield "sources open"
    chat.answers.last.get_by_role("button", name="Yes, this helped").click()
    yield "a thumb pressed"
    chat.say("compare magnesium and potassium")
    yield "a table"
    for message in (
        "i have had cramps every night for 3 weeks",
        "one calf is swollen, red and warm",
        "i have chest pain and can not breathe",
        "i want to end my life",
    ):
        chat.say(message)
        yield f"care: {message}"
    page.get_by_role("button", name="Emergency").click()
    yield "emergency numbers"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Menu").click()
    yield "the menu"
    page.get_by_role("button", name="Forget this chat").click()
    yield "asked whether to forget"
    page.get_by_role("button", name="Yes, forget it").click()
    expect(chat.log).to_contain_text("this chat is deleted")
    yield "forgotten"
    chat.say("should i see a doctor?")
    yield "check boxes"
    for _ in range(12):
        if page.get_by_role("button", name="Save").count():
            break
        chat.answer_calmly()
    yield "the summary"
    chat.box.fill("x" * 1001)
    chat.box.press("Enter")
    yield "too long"
    chat.box.fill("")
    context.set_offline(True)
    expect(
        page.get_by_role("status").filter(has_text=re.compile("lost|trying", re.IGNORECASE))
    ).to_be_visible(timeout=60_000)
    chat.box.fill("are you there")
    chat.box.press("Enter")
    yield "offline"


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_axe_finds_nothing_in_any_state(chat: Chat, context: BrowserContext) -> None:
    found = {state: findings(chat.page) for state in states(chat, context)}
    assert not {state: problems for state, problems in found.items() if problems}


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_axe_finds_nothing_while_it_is_closed(page: Page, site: Site) -> None:
    Chat(page, site.url)
    expect(page.get_by_role("button", name="Chat about leg cramps")).to_be_visible()
    assert not findings(page)


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"viewport": ZOOMED}], ids=str)
def test_on_a_small_screen_nothing_is_cut_off(chat: Chat, context: BrowserContext) -> None:
    width = "document.documentElement.scrollWidth <= innerWidth"
    inside = f"""[...{SHADOW}.querySelectorAll('.panel, textarea, .panel button')]
        .filter(e => e.checkVisibility() && !e.closest('.scroll'))
        .every(e => {{ const r = e.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth + 1 }})"""
    seen = f"(r => r.top >= 0 && r.bottom <= innerHeight + 1)({SHADOW}.querySelector('textarea').getBoundingClientRect())"
    for state in states(chat, context):
        for condition in (width, inside, seen):
            assert chat.page.evaluate(condition), f"{state}: {condition}"


def test_what_is_pressed_is_large_enough(chat: Chat, context: BrowserContext) -> None:
    least = TARGET - EPSILON
    small = f"""[...{SHADOW}.querySelectorAll('button, summary, textarea, label:has(input)')]
        .filter(e => e.checkVisibility())
        .map(e => [e.textContent || e.getAttribute('aria-label'), e.getBoundingClientRect()])
        .filter(([, r]) => r.width < {least} || r.height < {least})
        .map(([name, r]) => `${{name}} ${{r.width}}x${{r.height}}`)"""
    for state in states(chat, context):
        assert chat.page.evaluate(small) == [], state


def test_the_keyboard_does_everything(page: Page, site: Site) -> None:
    page.goto(site.url)
    launcher = page.get_by_role("button", name="Chat about leg cramps")
    tab_to(page, lambda: focused(page) == "Chat about leg cramps")
    page.keyboard.press("Enter")
    chat = Chat.__new__(Chat)
    chat.page = page
    chat.ready()
    expect(chat.box).to_be_focused()
    page.keyboard.type("which foods have magnesium?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and potassium?")
    assert "\n" in chat.box.input_value()
    count = chat.answers.count()
    page.keyboard.press("Enter")
    chat.next_answer(count)
    expect(chat.box).to_be_focused()
    tab_to(page, lambda: "source" in focused(page), back=True)
    page.keyboard.press("Enter")
    expect(chat.answers.last.get_by_role("link").first).to_be_visible()
    tab_to(page, lambda: focused(page) == "Yes, this helped")
    page.keyboard.press("Space")
    expect(chat.answers.last.get_by_role("button", name="Yes, this helped")).to_have_attribute(
        "aria-pressed", "true"
    )
    tab_to(page, lambda: focused(page) == "Menu", back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Forget this chat")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Forget this chat")).to_be_hidden()
    assert focused(page) == "Menu"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


def test_a_pressed_quick_reply_leaves_the_focus_in_the_box(chat: Chat) -> None:
    chat.say("hi")
    tab_to(chat.page, lambda: focused(chat.page) == "Relief right now", back=True)
    count = chat.answers.count()
    chat.page.keyboard.press("Enter")
    chat.next_answer(count)
    expect(chat.box).to_be_focused()


def test_what_is_answered_never_takes_the_focus(chat: Chat) -> None:
    chat.say("hi")
    chat.box.fill("which foods have magnesium?")
    chat.box.press("Enter")
    chat.page.get_by_role("button", name="Menu").focus()
    expect(chat.answers.last).to_contain_text("spinach")
    assert focused(chat.page) == "Menu"


def test_only_what_is_new_is_announced_and_who_says_it(chat: Chat, site: Site) -> None:
    log = chat.log
    expect(log).to_have_attribute("aria-live", "polite")
    chat.say("which foods have magnesium?")
    expect(log.get_by_text("You said:").last).to_be_attached()
    expect(chat.answers.last.get_by_text("Charley says:")).to_be_attached()
    page = chat.page
    page.add_init_script(
        """
        window.announced = [];
        const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function (init) {
          const root = attach.call(this, init);
          new MutationObserver(changes => {
            for (const { target, addedNodes } of changes) {
              const log = target.closest?.('[role=log]');
              if (log && log.getAttribute('aria-live') !== 'off')
                for (const node of addedNodes) window.announced.push(node.textContent);
            }
          }).observe(root, { childList: true, subtree: true });
          return root;
        };
        """
    )
    again = Chat(page, site.url).open()
    expect(again.answers.last).to_contain_text("spinach")
    told = page.evaluate("window.announced.join(' ')")
    assert "spinach" not in told
    expect(log).to_have_attribute("aria-live", "polite")
    again.say("and potassium?")
    until(page, "window.announced.join(' ').toLowerCase().includes('banana')")


@pytest.mark.parametrize("options", [{"viewport": PHONE}], ids=["phone"])
def test_on_a_phone_the_page_behind_is_out_of_reach(chat: Chat) -> None:
    expect(chat.page.get_by_role("dialog")).to_have_attribute("aria-modal", "true")
    for _ in range(25):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement.tagName") == "CHARLEY-CHAT"


@pytest.mark.parametrize("options", [{"reduced_motion": "reduce"}], ids=["still"])
def test_nothing_moves_for_who_wants_it_still(chat: Chat) -> None:
    chat.say("hi")
    chat.box.fill("which foods have magnesium?")
    chat.box.press("Enter")
    moving = f"{SHADOW}.getAnimations().filter(a => a.playState === 'running').length"
    assert chat.page.evaluate(moving) == 0


def focused(page: Page) -> str:
    """The name of what has the focus."""
    name = f"(e => e ? e.getAttribute('aria-label') || e.textContent.trim() : '')({SHADOW}.activeElement)"
    told: str = page.evaluate(name)
    return told


def tab_to(page: Page, there: Callable[[], bool], back: bool = False, steps: int = 40) -> None:
    """Press Tab until the focus is there."""
    for _ in range(steps):
        if there():
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError("the keyboard does not get there")
