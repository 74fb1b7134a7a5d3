"""Replies in a platform's form: all of the real corpus, within every limit, nothing dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from charley.answers import Asked, answer, load_questions, show_sources
from charley.answers.render import ASK_SOURCES, BY_NUMBER, Form, Message, in_words, options_of, render, split
from charley.care.check_up import load_check_up
from charley.care.numbers import ANYWHERE
from charley.facts import load_table

ROOT = Path(__file__).parents[2]
TABLE = load_table(ROOT / "data" / "facts")
QUESTIONS = load_questions(ROOT / "data" / "questions.yml")
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
CHECK_UP = load_check_up(ROOT / "data" / "care" / "check_up.yml")
FORMS = {
    "buttons": Form(limit=4096, options=8, title=64),
    "few, short buttons": Form(limit=2000, options=13, title=20),
    "numbers": Form(limit=1600, short=True, bullet="- ", pictures=False),
    "tiny": Form(limit=300),
}
PAYLOAD = re.compile(r"(?:^|\s)/[a-z_]+(\{|\s|$)|\{\"")


def corpus() -> Iterator[tuple[str, dict[str, Any]]]:
    """Replies of the contract: every response of the domain, every question, an answer on every subject."""
    responses = {**DOMAIN["responses"], **CHECK_UP.responses()}
    for name, (variation, *_) in responses.items():
        text = re.sub(r"\{\w+\}", ANYWHERE, variation.get("text") or "")
        yield (
            name,
            {"text": text, "buttons": variation.get("buttons") or [], "metadata": variation["metadata"]},
        )
    for subject in TABLE.subjects:
        for intent in ("inform_subject", "ask_relief", "ask_evidence"):
            if intent in QUESTIONS.by_intent:
                reply = answer(TABLE, QUESTIONS, [Asked(intent, [subject])])
                buttons = [button.as_dict() for button in reply.buttons]
                yield (
                    f"{intent} {subject}",
                    {"text": reply.text, "buttons": buttons, "metadata": reply.metadata("none")},
                )
    reply = answer(TABLE, QUESTIONS, [Asked("ask_comparison", ["magnesium", "potassium"])])
    yield "a table", {"text": reply.text, "buttons": [], "metadata": reply.metadata("none")}


CORPUS = list(corpus())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_reply_keeps_every_limit_and_shows_no_payload(form: Form) -> None:
    for name, reply in CORPUS:
        rendered = render([reply], form)
        for message in rendered.messages:
            assert 0 < len(message.text) <= form.limit, name
            assert len(message.options) <= form.options, name
            assert all(len(option.title) <= form.title for option in message.options), name
            assert not PAYLOAD.search(message.text), name


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_option_is_dropped(form: Form) -> None:
    for name, reply in CORPUS:
        rendered = render([reply], form)
        text = " ".join(message.text for message in rendered.messages)
        pressed = {option.payload for message in rendered.messages for option in message.options}
        for option in options_of(reply):
            assert option.payload in pressed or option.title in text, (name, option.title)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_word_of_an_answer_is_lost(form: Form) -> None:
    for name, reply in CORPUS:
        text = " ".join(message.text for message in render([reply], form).messages)
        for block in reply["metadata"].get("blocks", ()):
            for item in block.get("items", ()):
                assert set(item.split()) <= set(text.split()), name


def test_numbers_stand_for_what_they_number() -> None:
    greeting = next(reply for name, reply in CORPUS if name == "utter_greet")
    rendered = render([greeting], FORMS["numbers"])
    (message,) = rendered.messages
    assert message.text.endswith(BY_NUMBER)
    for number, payload in enumerate(rendered.numbered, start=1):
        title = next(b["title"] for b in greeting["buttons"] if b["payload"] == payload)
        assert f"{number}. {title}" in message.text


def test_options_of_several_replies_are_numbered_through_and_each_once() -> None:
    greeting = next(reply for name, reply in CORPUS if name == "utter_greet")
    other = next(reply for name, reply in CORPUS if name == "utter_identity")
    rendered = render([greeting, other, greeting], FORMS["numbers"])
    titles = [button["title"] for button in (*greeting["buttons"], *other["buttons"])]
    assert len(rendered.numbered) == len(titles)
    for title in titles:
        assert rendered.messages[-1].text.count(title) == 1
    assert f"{len(titles)}. " in rendered.messages[-1].text


def test_a_short_form_tells_how_to_get_the_sources_unless_it_tells_them() -> None:
    stretch = next(reply for name, reply in CORPUS if name == "ask_relief stretching")
    assert ASK_SOURCES in render([stretch], FORMS["numbers"]).messages[0].text
    told = show_sources(TABLE, stretch["metadata"]["fact_ids"])
    reply = {"text": told.text, "buttons": [], "metadata": told.metadata("none")}
    assert not any(ASK_SOURCES in message.text for message in render([reply], FORMS["numbers"]).messages)


def test_beside_a_question_with_numbers_nothing_else_has_any() -> None:
    question = next(reply for name, reply in CORPUS if name == "utter_check_up_signs")
    care = next(reply for name, reply in CORPUS if name == "utter_care_see_doctor")
    rendered = render([care, question], FORMS["numbers"])
    text = " ".join(message.text for message in rendered.messages)
    assert not rendered.numbered
    assert text.count("1. ") == 1
    for button in care["buttons"]:
        assert button["title"] in text


def test_care_comes_first_and_in_one_piece_even_in_the_shortest_sms() -> None:
    care = next(reply for name, reply in CORPUS if name == "utter_care_emergency")
    greeting = next(reply for name, reply in CORPUS if name == "utter_greet")
    first, *others = render([care, greeting], FORMS["tiny"]).messages
    assert care["text"] == first.text
    assert others


def test_a_table_becomes_lists() -> None:
    table = next(reply for name, reply in CORPUS if name == "a table")
    bold = Form(limit=4096, bold=lambda text: f"*{text}*")
    text = render([table], bold).messages[0].text
    assert "*Magnesium*\n• What it does: " in text
    assert "*Potassium*" in text


@given(st.text(min_size=1), st.integers(min_value=1, max_value=50))
def test_a_text_is_split_within_the_limit_and_loses_nothing_but_space(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_message_is_text_unless_it_is_a_picture() -> None:
    stretch = next(reply for name, reply in CORPUS if name == "ask_relief stretching")
    pictures = [message for message in render([stretch], FORMS["buttons"]).messages if message.picture]
    assert pictures
    assert all(isinstance(message, Message) and message.text for message in pictures)


def test_where_drawings_can_not_be_shown_their_captions_are_said() -> None:
    stretch = next(reply for name, reply in CORPUS if name == "ask_relief stretching")
    (message,) = render([stretch], FORMS["numbers"]).messages
    assert message.picture is None
    captions = [picture["caption"] for picture in stretch["metadata"]["pictures"]]
    assert captions
    for caption in captions:
        assert f"\n- {caption}" in message.text


def test_what_a_platform_refuses_is_all_told_in_words() -> None:
    greeting = next(reply for name, reply in CORPUS if name == "utter_greet")
    form = FORMS["tiny"]
    parts = in_words(Message(greeting["text"], options_of(greeting)), form)
    assert all(len(part.text) <= form.limit and not part.options for part in parts)
    told = " ".join(part.text for part in parts)
    assert all(f'"{button["title"]}"' in told for button in greeting["buttons"])
