"""How long, how often, how strong: what numbers in a message amount to."""

from __future__ import annotations

import pytest

from charley.care.measures import measured
from charley.reading.reader import english


def notes(text: str) -> set[str]:
    return {note for note, _ in measured(english().tokenizer(text))}


@pytest.mark.parametrize(
    "text",
    [
        "calf pain for 3 wks",
        "cramps for 3 weeks",
        "been cramping 2 wks now",
        "it has hurt for a fortnight",
        "my leg has ached for a month",
        "cramps for a couple of weeks",
        "cramps for a few weeks",
        "cramps for two weeks",
        "cramps for 2 or 3 weeks",
        "cramps for two and a half weeks",
        "cramps for 1.5 weeks",
        "cramps for over a week",
        "cramps for more than a week",
        "cramps for 8 days",
        "cramps for nine days",
        "cramps, 10 days of them",
        "my leg has been swollen 12 days",
        "cramps for months",
        "cramps for years",
        "cramps for a year and a half",
        "cramps for ages",
        "leg cramps since march",
        "cramps since last summer",
        "cramps since easter",
        "cramps since 2019",
        "cramps started 3 weeks ago",
        "cramps began two months ago",
    ],
)
def test_more_than_a_week_is_persistent(text: str) -> None:
    assert notes(text) == {"over_a_week"}


@pytest.mark.parametrize(
    "text",
    [
        "sore for 3 days",
        "calf sore three days later",
        "cramps for 7 days",
        "cramps for a week",
        "still sore after three days",
        "sore for 50 hours",
    ],
)
def test_more_than_two_days_and_up_to_a_week_is_told_apart(text: str) -> None:
    assert notes(text) == {"over_two_days"}


@pytest.mark.parametrize(
    "text",
    [
        "cramps most nights",
        "cramps every night",
        "cramps nearly every night",
        "cramps every other night",
        "cramps nightly",
        "leg cramps daily",
        "cramps every day",
        "cramps twice a week",
        "cramps 2x a week",
        "cramps 3 times a week",
        "cramps three times a week",
        "cramps several times a day",
        "cramp twice a day",
        "cramps again and again",
        "my calf hurts all the time",
    ],
)
def test_twice_a_week_or_more_is_often(text: str) -> None:
    assert notes(text) == {"often"}


def test_so_many_nights_a_week_is_often() -> None:
    assert "often" in notes("cramps 5 nights a week")


@pytest.mark.parametrize(
    "text",
    [
        "pain 8/10",
        "pain is an 8 / 10",
        "pain 8 out of 10",
        "pain 9 of 10",
        "pain is ten out of ten",
        "eight out of ten pain",
        "10/10",
    ],
)
def test_eight_of_ten_or_more_is_strong(text: str) -> None:
    assert notes(text) == {"strong"}


@pytest.mark.parametrize(
    "text",
    [
        "cramp lasted 15 min",
        "cramp lasts 15 minutes",
        "cramp lasted 11 minutes",
        "cramp 20min",
        "cramp lasted 20mins and wont ease",
        "my calf has been locked for twenty minutes",
        "cramp for half an hour",
        "the cramp lasted a quarter of an hour",
        "cramp for an hour",
        "cramp 1 hr",
        "cramp lasted an hour and a half",
        "cramp for 2 hours",
    ],
)
def test_a_cramp_of_more_than_ten_minutes_is_long(text: str) -> None:
    assert notes(text) == {"over_ten_minutes"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cramp",
        "cramp lasts 3 minutes",
        "cramp went on for 3 minutes",
        "cramp for 10 mins",
        "cramp lasted ten minutes",
        "cramp lasted 30 seconds",
        "cramp lasted 90 seconds",
        "sore for 2 days",
        "sore for two days",
        "calf pain since yesterday",
        "pain since monday",
        "cramp once a week",
        "a cramp once a month",
        "a cramp twice a month",
        "pain 7/10",
        "pain six out of ten",
        "pain 3 out of 10",
    ],
)
def test_what_stays_below_the_limits_is_nothing(text: str) -> None:
    assert notes(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "i am 3 weeks pregnant with cramps",
        "my son is 3 years old with cramps",
        "a cramp 3 weeks ago",
        "it was my birthday 2 weeks ago",
        "i have been married for 20 years",
        "after a 2 hour flight my calf is sore",
        "i walked for 30 minutes and got a cramp",
        "i read for 3 hours",
        "i drink water 2 times a day",
        "a meeting of 40 minutes",
        "the race is in 3 weeks and my calf is fine",
    ],
)
def test_a_number_that_tells_of_something_else_is_nothing(text: str) -> None:
    assert notes(text) == set()


@pytest.mark.parametrize("text", ["8/10 people get a cramp", "i drank 8 of 10 glasses"])
def test_eight_of_ten_things_is_no_strength(text: str) -> None:
    assert "strong" not in notes(text)


@pytest.mark.parametrize("text", ["magnesium daily for cramps", "i take magnesium every night for cramps"])
def test_how_often_something_is_taken_is_not_how_often_it_cramps(text: str) -> None:
    assert "often" not in notes(text)


def test_a_measure_tells_which_words_it_was_read_from() -> None:
    found = [
        (note, span.text)
        for note, span in measured(english().tokenizer("cramps most nights for 3 wks, 8/10"))
    ]
    assert sorted(found) == [("often", "most nights"), ("over_a_week", "3 wks"), ("strong", "8/10")]


@pytest.mark.parametrize(
    "text", ["every night", "3 times a week", "it is nearly every day now", "several times a day"]
)
def test_a_message_that_only_tells_how_often_is_about_the_cramps(text: str) -> None:
    assert "often_alone" in notes(text)


@pytest.mark.parametrize("text", ["a fortnight of this", "it's been 3 weeks", "for months now"])
def test_a_message_that_only_tells_how_long_is_about_the_cramps(text: str) -> None:
    assert "over_a_week_alone" in notes(text)


@pytest.mark.parametrize("text", ["every night?", "my telly breaks every night", "once a month"])
def test_what_asks_or_tells_of_something_else_is_not(text: str) -> None:
    assert "often_alone" not in notes(text)
