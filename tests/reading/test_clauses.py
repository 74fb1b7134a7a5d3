"""Where the questions of a message begin and end."""

from __future__ import annotations

import pytest

from charley.reading.clauses import clauses, is_question
from charley.reading.reader import english


def split(text: str) -> list[str]:
    doc = english()(text)
    return [doc[start:end].text.strip() for start, end in clauses(doc)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("what is k2 and does it help", ["what is k2", "does it help"]),
        ("why do they come? how long do they last?", ["why do they come?", "how long do they last?"]),
        ("what causes it, how do i stop it", ["what causes it", "how do i stop it"]),
        ("ok. and which foods have it", ["ok.", "which foods have it"]),
        ("why does it hurt\nwhat helps at night", ["why does it hurt", "what helps at night"]),
        ("thanks!! and where is that from", ["thanks!!", "where is that from"]),
        ("firstly what it means, secondly why it comes", ["what it means", "why it comes"]),
        ("what is it n wen do i see someone", ["what is it", "wen do i see someone"]),
        ("does it work, and if so how does it work", ["does it work, and if so how does it work"]),
    ],
)
def test_a_message_is_split_where_a_new_question_begins(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "what helps and what not",
        "magnesium, potassium and calcium in foods",
        "tell me what causes a cramp",
        "is it magnesium or is it salt",
        "could you tell me how much of it to take",
        "i really wonder which one works",
        "bananas and nuts",
    ],
)
def test_what_asks_one_thing_stays_whole(text: str) -> None:
    assert split(text) == [text]


def test_stretches_without_words_are_left_out() -> None:
    assert split("?? ! why does it cramp") == ["why does it cramp"]
    assert split("?!") == []


def test_only_linking_words_are_left_out_and_none_is_read_twice() -> None:
    doc = english()("hi. my calf cramps at night, why is that? and what helps")
    read = [i for start, end in clauses(doc) for i in range(start, end)]
    assert read == sorted(set(read))
    assert {doc[i].text for i in set(range(len(doc))) - set(read)} == {",", "and"}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("which foods have it", True),
        ("bananas?", True),
        ("i like bananas", False),
        ("at what point do i ring", True),
        ("potassium how much a day", True),
        ("my calf is tight", False),
        ("thanks", False),
        ("tell me about iron", True),
    ],
)
def test_a_question_is_told_by_its_form(text: str, asks: bool) -> None:
    assert is_question(english()(text)[:]) is asks
