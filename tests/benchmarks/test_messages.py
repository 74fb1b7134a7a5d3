"""Typos for the benchmark: always the same, in some words, never in all."""

from __future__ import annotations

from benchmarks.messages import with_typos
from charley.trainers.quality.messages import Test

SENTENCE = "which foods have a lot of magnesium in them and how much of it should i have each day"


def test_the_same_messages_get_the_same_typos() -> None:
    tests = [Test(SENTENCE, "ask_food_sources"), Test("and potassium", "inform_subject")]
    assert with_typos(tests) == with_typos(tests)


def test_some_words_are_misspelt_and_the_rest_of_a_test_stays() -> None:
    test = Test(SENTENCE, "ask_food_sources", frozenset({"magnesium"}), talk="1")
    (typed,) = with_typos([test])
    changed = sum(a != b for a, b in zip(typed.text.split(), SENTENCE.split(), strict=True))
    assert 1 <= changed <= 12
    assert (typed.intent, typed.subjects, typed.talk) == (test.intent, test.subjects, test.talk)


def test_short_words_stay_as_they_are() -> None:
    (typed,) = with_typos([Test("is it ok", "ask_supplement_safety")])
    assert typed.text == "is it ok"
