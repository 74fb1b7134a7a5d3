"""Messages that are nearly the same are found; others are left alone."""

from __future__ import annotations

import pytest

from charley.care.twins import near_twins


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my left calf is swollen", "my left calf is swollen"),
        ("My left calf is SWOLLEN!!", "my left calf, is swollen"),
        ("my left calf is swollen", "my right calf is swollen"),
        ("my left calf is swollen", "my left calf is so swollen"),
        ("my left calf is swollen", "swollen is my left calf"),
        ("i can't walk on it", "i cant walk on it"),
        ("calf hot", "Hot calf."),
    ],
)
def test_the_same_words_but_for_one_make_twins(one: str, other: str) -> None:
    assert list(near_twins([one, other])) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my left calf is swollen", "her right calf is swollen"),
        ("calf hot", "calf cold"),
        ("my calf hurts", "my calf cramps"),
        ("my left calf is swollen", "which foods have magnesium"),
    ],
)
def test_other_words_make_none(one: str, other: str) -> None:
    assert list(near_twins([one, other])) == []


def test_each_pair_is_found_once() -> None:
    same = "my left calf is swollen"
    assert sorted(near_twins([same, same, "something else here now", same])) == [(0, 1), (0, 3), (1, 3)]


def test_twins_among_others_are_found_by_both_places() -> None:
    found = near_twins(["nothing like it at all", "my calf is very red"], ["my calf is quite red", "hello"])
    assert list(found) == [(1, 0)]


@pytest.mark.parametrize(
    ("texts", "others"), [([], None), ([], ["a"]), (["a"], []), (["my calf is very red"], None)]
)
def test_without_a_second_message_there_is_no_twin(texts: list[str], others: list[str] | None) -> None:
    assert list(near_twins(texts, others)) == []
