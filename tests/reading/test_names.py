"""Which subjects a message names, and where."""

from __future__ import annotations

import pytest

from charley.reading.names import NameFinder, names_only, plural
from charley.reading.reader import Reader

NAMES = {
    "magnesium": "magnesium",
    "low potassium": "potassium",
    "potassium": "potassium",
    "pottasium": "potassium",
    "vitamin B12": "vitamin_b12",
    "water pill": "diuretics",
    "water": "hydration",
    "leg cramp": "leg_cramps",
    "cramp": "leg_cramps",
    "cramp & night": "night_cramps",
    "night cramp": "night_cramps",
    "only at night": "night_cramps",
}


class Named:
    """Reads a message and finds what it names, as (subject, words of the message)."""

    def __init__(self) -> None:
        self._reader = Reader.learn(["which foods are good for a cramp at night"], NAMES)
        self._finder = NameFinder(NAMES)

    def __call__(self, message: str) -> list[tuple[str, str]]:
        found = self._finder.find(self._reader.read(message))
        return [(mention.subject, message[mention.start : mention.end]) for mention in found]

    def only(self, message: str) -> bool:
        """Whether the message does nothing but name."""
        reading = self._reader.read(message)
        return names_only(reading.doc, [(m.start, m.end) for m in self._finder.find(reading)])


@pytest.fixture(scope="module")
def named() -> Named:
    return Named()


@pytest.mark.parametrize(
    ("message", "subject", "words"),
    [
        ("is magnesium good", "magnesium", "magnesium"),
        ("MAGNESIUM?", "magnesium", "MAGNESIUM"),
        ("is magnesim good", "magnesium", "magnesim"),
        ("too little vitamin b12", "vitamin_b12", "vitamin b12"),
        ("my water pills", "diuretics", "water pills"),
        ("pottasium", "potassium", "pottasium"),
    ],
)
def test_a_name_is_found_in_any_case_number_and_spelling(
    named: Named, message: str, subject: str, words: str
) -> None:
    assert named(message) == [(subject, words)]


@pytest.mark.parametrize(
    ("message", "subject", "words"),
    [
        ("does waiter pilzls help", "diuretics", None),
        ("are wqter piklls safe", "diuretics", "wqter piklls"),
        ("a lev crmapq now", "leg_cramps", None),
        ("vtiammin b12", "vitamin_b12", "vtiammin b12"),
    ],
)
def test_a_name_of_several_words_is_found_though_some_are_no_words(
    named: Named, message: str, subject: str, words: str | None
) -> None:
    assert named(message) == ([(subject, words)] if words else [])


def test_another_word_is_never_taken_for_a_misspelt_one(named: Named) -> None:
    assert named("later pills") == []
    assert named("waterproof pillz") == []


def test_the_longest_name_wins(named: Named) -> None:
    assert named("a water pill, not water") == [("diuretics", "water pill"), ("hydration", "water")]


def test_names_come_in_the_order_in_which_they_stand(named: Named) -> None:
    assert [s for s, _ in named("potassium or magnesium in water")] == ["potassium", "magnesium", "hydration"]


def test_words_that_stand_apart_name_a_subject_together(named: Named) -> None:
    assert named("I get a cramp nearly each night") == [("leg_cramps", "cramp"), ("night_cramps", "cramp")]


def test_words_that_name_a_subject_together_do_so_in_either_order(named: Named) -> None:
    assert [s for s, _ in named("at night a cramp wakes me")] == ["leg_cramps", "night_cramps"]


def test_a_subject_is_not_named_twice_by_words_together(named: Named) -> None:
    assert named("a night cramp") == [("night_cramps", "night cramp")]


@pytest.mark.parametrize("message", ["", "hello there", "waterfall", "one night", "vitamin"])
def test_where_nothing_is_named_nothing_is_found(named: Named, message: str) -> None:
    assert named(message) == []


@pytest.mark.parametrize(("name", "many"), [("spasm", "spasms"), ("statins", "statins")])
def test_the_plural_ends_in_one_s(name: str, many: str) -> None:
    assert plural(name) == many


@pytest.mark.parametrize(
    "message", ["potassium", "and low potassium?", "What about water pills?", "magnesium and vitamin b12!"]
)
def test_a_message_may_do_nothing_but_name(named: Named, message: str) -> None:
    assert named.only(message)


@pytest.mark.parametrize(
    "message", ["is potassium safe?", "stop magnesium", "what about it?", "and", "", "?!"]
)
def test_a_message_that_says_more_or_names_nothing_is_told_apart(named: Named, message: str) -> None:
    assert not named.only(message)


@pytest.mark.parametrize(
    "message", ["and at night?", "at night", "no, i mean at night", "what about at nihgt"]
)
def test_who_says_no_more_than_that_names_it(message: str) -> None:
    reading = Reader.learn(["a cramp at night"], NAMES).read(message)
    (mention,) = NameFinder(NAMES).find(reading)
    assert mention.subject == "night_cramps"
    assert message[mention.start : mention.end].startswith("at n")


@pytest.mark.parametrize(
    "message", ["i work at night", "at night i read", "magnesium at night?", "and the night", "???"]
)
def test_beside_other_words_it_names_nothing(message: str) -> None:
    reading = Reader.learn(["a cramp at night"], NAMES).read(message)
    assert "night_cramps" not in {mention.subject for mention in NameFinder(NAMES).find(reading)}
