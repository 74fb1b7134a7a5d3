"""Each tab does its job, in real Chromium, on the real page with the real model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import Seen, findings
from tests.trainers.page.conftest import Opened

PHONE = {"width": 320, "height": 640}
WAYS: list[dict[str, Any]] = [{}, {"color_scheme": "dark"}, {"viewport": PHONE}]
WIDE = {"width": 1600, "height": 900}
TABS = ("Try a sentence", "Conversations", "Facts", "Inbox", "Understanding", "Figures")


class Desktop:
    """The page, as a trainer uses it."""

    def __init__(self, page: Page, site: Opened) -> None:
        self.page, self.site = page, site

    def open(self, address: str) -> Page:
        self.page.goto(self.site.url + address)
        self.quiet()
        return self.page

    def quiet(self) -> None:
        """Until nothing is under way any more."""
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        expect(self.page.locator("[data-dash-is-loading]:not(#standing)")).to_have_count(0)
        expect(self.page.locator("#tabs a").first).to_be_visible()

    def section(self, name: str) -> Locator:
        heading = self.page.get_by_role("heading", name=name, exact=True)
        return self.page.locator("section").filter(has=heading)

    def try_(self, text: str) -> None:
        box = self.page.get_by_label("A sentence, as a person would type it")
        box.fill(text)
        box.press("Enter")
        expect(self.page.locator("#try-result .unseen")).to_have_text(text)
        self.quiet()


@pytest.fixture
def desktop(page: Page, trainers_page: Opened) -> Desktop:
    return Desktop(page, trainers_page)


# Try a sentence


def test_a_sentence_shows_what_it_is_taken_for_and_what_is_said_to_it(desktop: Desktop) -> None:
    page = desktop.open("/try")
    desktop.try_("wich foods have magnezium?")
    ranking = page.get_by_role("table", name="Intents, likeliest first").get_by_role("row")
    expect(ranking.nth(1)).to_contain_text("ask_food_sources")
    expect(ranking.nth(1)).to_contain_text(re.compile(r"\d+%"))
    read = desktop.section("Read as")
    expect(read.locator("mark")).to_have_text("magnezium magnesium")
    expect(read.locator("ins")).to_have_count(1)
    expect(read).not_to_contain_text("No word was corrected.")
    expect(desktop.section("Care")).to_contain_text("no warning")
    reply = desktop.section("Reply, as on the web")
    expect(reply).to_contain_text("spinach")
    expect(page.get_by_role("link", name="magnesium-food-sources")).to_be_visible()
    facts = page.locator("ul.facts")
    expect(facts).to_contain_text("What Deficiency Causes Calf Spasms?")


def test_a_warning_sign_is_told_with_its_words_how_it_is_meant_and_by_what(desktop: Desktop) -> None:
    page = desktop.open("/try")
    desktop.try_("i have chest pain")
    care = desktop.section("Care")
    expect(care).to_contain_text("This message: emergency by a rule (data/care/)")
    row = page.get_by_role("table", name="Warning flags").get_by_role("row", name="chest_pain")
    expect(row).to_contain_text("has it")
    expect(care.locator("mark")).to_contain_text("chest pain")
    expect(desktop.section("Reply, as on the web")).to_contain_text("Call your local emergency number")


def test_a_denied_sign_is_no_warning_and_says_so(desktop: Desktop) -> None:
    page = desktop.open("/try")
    desktop.try_("i do not have chest pain")
    row = page.get_by_role("table", name="Warning flags").get_by_role("row", name="chest_pain")
    expect(row).to_contain_text("says it is not so")


def test_several_questions_are_told_one_by_one(desktop: Desktop) -> None:
    page = desktop.open("/try")
    desktop.try_("what causes cramps? and how do i stop one right now?")
    asked = page.get_by_role("table", name="It asks 2 things")
    expect(asked).to_contain_text("ask_causes")
    expect(asked).to_contain_text("ask_relief")


def test_a_sentence_stands_alone_unless_it_goes_on_from_the_turns_before(desktop: Desktop) -> None:
    page = desktop.open("/try")
    desktop.try_("which foods have magnesium?")
    desktop.try_("and potassium?")
    expect(page.get_by_role("heading", name="The turns before")).to_have_count(0)
    alone = desktop.section("Reply, as on the web").inner_text()
    desktop.try_("which foods have magnesium?")
    page.get_by_role("button", name="Go on from the turns before").click()
    expect(page.get_by_role("button", name="Go on from the turns before")).to_have_attribute(
        "aria-pressed", "true"
    )
    desktop.try_("and potassium?")
    expect(desktop.section("The turns before")).to_contain_text("which foods have magnesium?")
    together = desktop.section("Reply, as on the web")
    expect(together).to_contain_text("bananas")
    assert together.inner_text() != alone


def test_a_button_of_the_reply_can_be_pressed(desktop: Desktop) -> None:
    page = desktop.open("/try?text=which foods have magnesium?")
    page.get_by_role("button", name="What does it do?").click()
    expect(desktop.section("Pressed")).to_contain_text("ask_role")
    expect(desktop.section("The turns before")).to_contain_text("which foods have magnesium?")
    page.get_by_role("button", name="Start afresh").click()
    expect(page.locator("#try-result")).to_be_empty()


def test_what_is_tried_reaches_neither_the_conversations_nor_the_log(desktop: Desktop) -> None:
    desktop.open("/try")
    desktop.try_("my unmistakable zyzzyva itches")
    page = desktop.open("/conversations")
    page.get_by_label("With these words").fill("zyzzyva")
    expect(page.get_by_text("There is no such conversation.")).to_be_visible()
    home = desktop.site.home
    assert b"zyzzyva" not in (home / "var" / "conversations.db").read_bytes()
    assert "zyzzyva" not in (home / "page.log").read_text()


# Conversations


def test_conversations_are_listed_and_found_by_what_happened(desktop: Desktop) -> None:
    page = desktop.open("/conversations")
    rows = page.get_by_role("table", name="Conversations, latest first").get_by_role("row")
    expect(rows).to_have_count(6)
    page.get_by_label("With a message that was").select_option("declined")
    expect(rows.filter(has_text="football")).to_have_count(1)
    expect(rows.filter(has_text="chest pain")).to_have_count(0)
    page.get_by_label("With a message that was").select_option("emergency")
    expect(rows.filter(has_text="chest pain")).to_have_count(1)
    expect(rows.filter(has_text="football")).to_have_count(0)


def test_names_and_numbers_are_hidden_until_asked_for(desktop: Desktop) -> None:
    page = desktop.open("/conversations")
    table = page.get_by_role("table", name="Conversations, latest first")
    expect(table).to_contain_text("my number is")
    expect(table).not_to_contain_text("07700 900123")
    page.get_by_label("With these words").fill("my number is")
    page.get_by_role("table").get_by_role("link").first.click()
    turns = page.locator("#talk-turns")
    expect(turns).to_contain_text("my number is")
    expect(turns).not_to_contain_text("07700 900123")
    page.get_by_role("button", name="Show the words as they were written").click()
    expect(turns).to_contain_text("07700 900123")


def test_a_conversation_shows_what_each_message_was_taken_for(desktop: Desktop) -> None:
    page = open_talk(desktop, "magnesium")
    first = desktop.section("Turn 1")
    expect(first).to_contain_text("ask_food_sources")
    expect(first).to_contain_text("no warning in this message")
    first.get_by_role("link", name="magnesium-food-sources").click()
    expect(page.get_by_role("heading", name="magnesium-food-sources")).to_be_visible()


def test_a_conversation_becomes_a_test_that_runs(desktop: Desktop) -> None:
    page = open_talk(desktop, "magnesium")
    page.get_by_label("The case in a few words").fill("asks on about potassium")
    page.get_by_label("Topic").fill("minerals from the page")
    page.get_by_role("button", name="Make this a test").click()
    done = page.locator("#keep-done")
    expect(done).to_contain_text("tests/conversations/dialogues/minerals_from_the_page.yml")
    expect(done).to_contain_text("charley check")
    written = desktop.site.home / "tests/conversations/dialogues/minerals_from_the_page.yml"
    text = written.read_text()
    assert "asks on about potassium" in text
    assert "which foods have magnesium?" in text
    assert "magnesium-food-sources" in text
    page.get_by_role("button", name="Make this a test").click()
    expect(page.get_by_role("alert").filter(has_text="There is a case named")).to_be_visible()
    assert written.read_text() == text


# Facts


def test_the_table_is_searched_and_filtered(desktop: Desktop) -> None:
    page = desktop.open("/facts")
    expect(page.locator(".pager")).to_contain_text("1 to 25 of")
    page.get_by_label("Subject").select_option("magnesium")
    page.get_by_label("Attribute").select_option("food_sources")
    rows = page.get_by_role("table", name="Facts").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("magnesium-food-sources")
    page.get_by_label("Words").fill("no such words")
    expect(page.get_by_text("No fact fits.")).to_be_visible()


def test_a_long_table_is_turned_page_by_page(desktop: Desktop) -> None:
    page = desktop.open("/facts")
    first = page.locator("table tbody tr").first.inner_text()
    expect(page.get_by_role("button", name="Before")).to_be_disabled()
    page.get_by_role("button", name="After").click()
    expect(page.locator(".pager")).to_contain_text("26 to 50 of")
    assert page.locator("table tbody tr").first.inner_text() != first


def test_an_answer_looks_different_on_each_platform(desktop: Desktop) -> None:
    page = desktop.open("/facts?fact=stretching-relief-now")
    web, sms, slack = (page.locator(".previews > section").nth(n) for n in range(3))
    expect(web.get_by_role("img").first).to_be_visible()
    expect(web.locator("li").first).to_contain_text("stretch")
    expect(web.get_by_text("source")).to_be_visible()
    expect(sms.locator(".bubble").first).to_contain_text("Reply with a number, or ask in your own words.")
    expect(sms).not_to_contain_text("•")
    expect(sms.get_by_role("img")).to_have_count(0)
    expect(slack.locator(".bubble").first).to_contain_text("• ")
    expect(slack.get_by_role("link").first).to_have_attribute("href", re.compile("^https://"))
    expect(slack.locator(".chip").first).to_be_visible()


def test_gaps_show_where_there_is_nothing_and_what_was_asked_in_vain(desktop: Desktop) -> None:
    page = desktop.open("/facts?view=gaps")
    row = page.locator(".matrix tbody tr").filter(
        has=page.get_by_role("rowheader", name="vitamin K", exact=True)
    )
    assert row.locator("td.none").count() > 0
    assert row.locator("td.some").count() > 0
    expect(page.get_by_role("table", name="Subjects that people asked about")).to_contain_text("zinc")
    page.get_by_label("Kind of subject").select_option("remedy")
    expect(page.locator(".matrix")).to_contain_text("stretching")
    expect(page.locator(".matrix")).not_to_contain_text("vitamin K")


def test_a_broken_table_is_told_by_file_and_row_and_the_last_good_one_goes_on(desktop: Desktop) -> None:
    path = desktop.site.home / "data" / "facts" / "facts.csv"
    good = path.read_text()
    page = desktop.open("/facts")
    path.write_text(good.replace(",magnesium,definition,", ",unobtainium,definition,", 1))
    try:
        page.reload()
        expect(page.locator("#standing")).to_contain_text("facts.csv, row 2, column subject")
        expect(page.locator("#standing")).to_contain_text("the last good model goes on answering")
        expect(page.get_by_role("table", name="Facts")).to_contain_text("magnesium-definition")
        desktop.open("/try")
        desktop.try_("which foods have magnesium?")
        expect(desktop.section("Reply, as on the web")).to_contain_text("spinach")
    finally:
        path.write_text(good)
    page.reload()
    expect(page.locator("#standing")).not_to_contain_text("facts.csv")


# Inbox


def test_what_is_accepted_is_written_as_an_example_and_can_be_taken_back(desktop: Desktop) -> None:
    page = desktop.open("/inbox")
    before = examples(desktop.site.home)
    group = page.locator("#inbox-list section").filter(has_text="football")
    group.get_by_label("As an example").fill("who is going to win the football this year")
    group.get_by_label("Of the intent").select_option("out_of_scope")
    group.get_by_role("button", name="Accept").click()
    done = page.get_by_text("is an example of out_of_scope now")
    expect(done).to_be_visible()
    assert "- who is going to win the football this year\n" in examples(desktop.site.home)
    assert "data/nlu/" in done.inner_text()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="football")).to_be_visible()
    assert examples(desktop.site.home) == before


def test_what_would_do_harm_is_refused_in_words(desktop: Desktop) -> None:
    page = desktop.open("/inbox")
    before = examples(desktop.site.home)
    group = page.locator("#inbox-list section").filter(has_text="football")
    group.get_by_label("As an example").fill("")
    group.get_by_role("button", name="Accept").click()
    expect(group.get_by_text("the text is empty")).to_be_visible()
    assert examples(desktop.site.home) == before


def test_what_is_dismissed_stays_away_until_it_is_taken_back(desktop: Desktop) -> None:
    page = desktop.open("/inbox")
    group = page.locator("#inbox-list section").filter(has_text="zinc")
    group.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Dismissed:")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(
        page.locator("#inbox-list section").filter(has_text="zinc").get_by_role("button", name="Dismiss")
    ).to_be_visible()


# Understanding


def test_the_heat_map_has_a_cell_for_each_mistake_and_shows_its_examples(desktop: Desktop) -> None:
    page = desktop.open("/understanding")
    expect(desktop.section("Intents mistaken for each other")).to_contain_text("5 of 8 examples")
    heat = page.locator("#heat")
    expect(heat.locator(".ytick")).to_have_text(["ask_causes"])
    expect(heat.locator(".xtick")).to_have_text(["ask_role"])
    expect(heat.locator(".heatmap-label, .hm text").first).to_have_text("3")
    row = page.get_by_role("table", name="Examples of one intent taken for another").get_by_role("row").nth(1)
    expect(row).to_contain_text("3")
    row.get_by_role("button").click()
    expect(page.locator("#mistaken")).to_contain_text("why do i cramp at all")


def test_a_click_on_a_cell_shows_the_examples(desktop: Desktop) -> None:
    page = desktop.open("/understanding")
    drag = page.locator("#heat .nsewdrag")
    drag.hover()
    drag.click()
    expect(page.locator("#mistaken")).to_contain_text("why do i cramp at all")


def test_coverage_tells_what_has_tests(desktop: Desktop) -> None:
    page = desktop.open("/understanding")
    covered = page.get_by_role("table", name="Things that have a test of their own")
    expect(covered.get_by_role("row", name="intents")).to_contain_text("%")
    page.get_by_text("The same, drawn").click()
    assert page.get_by_role("img", name="intents:").evaluate("image => image.naturalWidth") > 0


# Figures


def test_the_last_training_stands_beside_the_one_before_and_what_is_worse_is_said_in_words(
    desktop: Desktop,
) -> None:
    page = desktop.open("/figures")
    rows = page.get_by_role("table", name="Figures of the last training and the one before").get_by_role(
        "row"
    )
    better = rows.filter(has_text="intents, cross-validated")
    expect(better).to_contain_text("94.00% (940 of 1000)")
    expect(better).to_contain_text("90.00% (900 of 1000)")
    expect(better).to_contain_text("better")
    expect(rows.filter(has_text="emergencies")).to_contain_text("WORSE than the margin")
    expect(desktop.section("What answers now")).to_contain_text("charley undo")
    expect(desktop.section("What answers now")).to_contain_text("In service:")


def test_figures_are_drawn_over_time_and_listed(desktop: Desktop) -> None:
    page = desktop.open("/figures")
    expect(page.locator(".trends .scatterlayer .trace").first).to_be_visible()
    page.get_by_text("The same as a table").click()
    listed = page.get_by_role("table", name="Figures of each training, latest first").get_by_role("row")
    expect(listed).to_have_count(3)
    expect(listed.nth(1)).to_contain_text("2026-11-02")


# All tabs


def test_each_tab_has_an_address_and_a_title_of_its_own(desktop: Desktop) -> None:
    page = desktop.open("/")
    for name in TABS:
        page.get_by_role("navigation", name="Tabs").get_by_role("link", name=name).click()
        expect(page).to_have_title(f"{name} · Charley for trainers")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.get_by_role("navigation", name="Tabs").locator("a.current")).to_contain_text(name)


def test_the_header_says_which_model_answers(desktop: Desktop) -> None:
    page = desktop.open("/facts")
    expect(page.locator("#standing")).to_contain_text("Answering: the model of")


def test_a_broken_model_is_told_and_the_one_before_goes_on_answering(desktop: Desktop) -> None:
    path = desktop.site.home / "models" / "charley.tar.gz"
    good = path.resolve()
    path.unlink()
    path.write_bytes(b"half a model")
    try:
        page = desktop.open("/try")
        expect(page.locator("#standing")).to_contain_text("The model can't be loaded")
        expect(page.locator("#standing")).to_contain_text("The one before goes on answering")
        desktop.try_("which foods have magnesium?")
        expect(desktop.section("Reply, as on the web")).to_contain_text("spinach")
    finally:
        path.unlink()
        path.symlink_to(good)
    page.reload()
    expect(page.locator("#standing")).not_to_contain_text("can't be loaded")


STATES = (
    "/try?text=my calf is swolen and hot, which foods have magnesium?",
    "/conversations",
    "TALK",
    "/facts",
    "/facts?view=gaps",
    "/facts?fact=stretching-relief-now",
    "/inbox",
    "/understanding",
    "/figures",
)


@pytest.mark.parametrize(
    "options",
    [{**way, "viewport": way.get("viewport", WIDE)} for way in WAYS],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_in_any_tab_and_nothing_is_cut_off(
    desktop: Desktop, options: dict[str, Any]
) -> None:
    found: dict[str, list[str]] = {}
    for state in STATES:
        page = open_talk(desktop, "magnesium") if state == "TALK" else desktop.open(state)
        found[state] = [f for f in findings(page) if not unjudged(f, narrow=options["viewport"] is PHONE)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
    assert not {state: problems for state, problems in found.items() if problems}


def unjudged(finding: str, narrow: bool) -> bool:
    """Whether axe only can't tell a contrast: in a drawing, whose layers overlap, or scrolled out of sight."""
    return finding.startswith("incomplete: color-contrast") and (narrow or "text[" in finding)


def test_nothing_is_asked_of_any_other_server_and_the_console_is_quiet(desktop: Desktop, seen: Seen) -> None:
    for state in STATES:
        open_talk(desktop, "magnesium") if state == "TALK" else desktop.open(state)
    outside = [r for r in seen.requests if not r.startswith((desktop.site.url, "data:", "blob:"))]
    assert not outside
    assert not seen.complaints


def test_the_keyboard_reaches_the_tabs_and_what_they_hold(desktop: Desktop) -> None:
    page = desktop.open("/try")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "try-text":
            break
    page.keyboard.type("which foods have magnesium?")
    page.keyboard.press("Enter")
    expect(desktop.section("Reply, as on the web")).to_contain_text("spinach")


def open_talk(desktop: Desktop, words: str) -> Page:
    page = desktop.open("/conversations")
    page.get_by_label("With these words").fill(words)
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Turn 1")).to_be_visible()
    desktop.quiet()
    return page


def examples(home: Path) -> str:
    """All examples there are."""
    return "".join(path.read_text() for path in sorted((home / "data" / "nlu").glob("*.yml")))


@pytest.fixture(autouse=True)
def _slowly(context: BrowserContext) -> Iterator[None]:
    """The assistant may still be loading, on a machine that does other work."""
    context.set_default_timeout(120_000)
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)
