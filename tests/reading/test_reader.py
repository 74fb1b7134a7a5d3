"""A message is split into words and mended once, and stays traceable to what was written."""

from __future__ import annotations

import pytest

from charley.reading.reader import Reader


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.learn(["which foods have magnesium for a swollen calf"], ["potassium", "vitamin K2"])


@pytest.mark.parametrize(
    ("message", "mended"),
    [
        ("Magnesim for my CALF", "magnesium for my calf"),
        ("potasium, please!", "potassium, please!"),
        ("it\u2019s swolen", "it's swollen"),
        ("can't, cant, cannot", "can't, cant, cannot"),
        ("two  spaces", "two  spaces"),
        ("", ""),
    ],
)
def test_a_message_is_mended_in_lower_case(reader: Reader, message: str, mended: str) -> None:
    assert reader.read(message).text == mended


@pytest.mark.parametrize("message", ["Magnesim, potasium!", "i cant  walk", "\U0001f9b5 hurts\n\nbadly"])
def test_mended_words_stand_one_for_one(reader: Reader, message: str) -> None:
    reading = reader.read(message)
    assert len(reading.mended) == len(reading.doc)
    assert reading.doc.text == message


def test_words_without_a_gap_in_spelling_stay_whole(reader: Reader) -> None:
    assert [token.text for token in reader.read("I cant, don't").mended] == ["i", "cant", ",", "don't"]


def test_a_span_stands_where_it_was_written(reader: Reader) -> None:
    message = "Is  MAGNESIM any good?"
    start, end = reader.read(message).span(2, 3)
    assert message[start:end] == "MAGNESIM"


@pytest.mark.parametrize(
    ("message", "unknown"),
    [
        ("which foods have magnesium", 0.0),
        ("magnesim", 0.0),
        ("zxqvk wprtz", 0.0),
        ("zxqvk wprtz qqqzx vvwkj", 1.0),
        ("good zxqvk wprtz food", 0.5),
        ("123 !!! ???", 0.0),
        ("", 0.0),
    ],
)
def test_the_share_of_unknown_words_is_told(reader: Reader, message: str, unknown: float) -> None:
    assert reader.read(message).unknown == unknown


def test_a_message_in_another_language_is_mostly_unknown(reader: Reader) -> None:
    assert reader.read("warum habe ich nachts immer wieder Wadenkrämpfe").unknown > 0.5


def test_the_fingerprint_tells_readings_apart(reader: Reader) -> None:
    other = Reader.learn([], [])
    assert reader.read("magnesim").fingerprint() == reader.read("magnesim").fingerprint()
    assert reader.read("magnesim").fingerprint() != reader.read("magnesium").fingerprint()
    assert reader.read("magnesim").fingerprint() != other.read("magnesim").fingerprint()
