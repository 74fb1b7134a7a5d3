"""Tokens: nobody gets into a session but with what the server signed for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charley.rasa.secret import MIN_LENGTH
from charley.rasa.widget.sessions import LIFE_SECONDS, Sessions

SECRET = b"a" * MIN_LENGTH


def test_a_token_leads_back_to_its_session() -> None:
    sessions = Sessions(SECRET)
    session = sessions.new()
    assert sessions.of(sessions.sign(session)) == session


def test_sessions_are_never_the_same() -> None:
    sessions = Sessions(SECRET)
    assert len({sessions.new() for _ in range(1000)}) == 1000


def test_a_token_of_another_secret_is_worth_nothing() -> None:
    assert Sessions(SECRET).of(Sessions(b"b" * MIN_LENGTH).sign("someone")) is None


@pytest.mark.parametrize("place", [0, 5, -20, -1])
def test_a_changed_token_is_worth_nothing(place: int) -> None:
    token = Sessions(SECRET).sign("victim-of-24-bytes")
    changed = "A" if token[place] != "A" else "B"
    forged = token[:place] + changed + (token[place + 1 :] if place != -1 else "")
    assert Sessions(SECRET).of(forged) is None


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.lists(st.text())))
def test_whatever_else_is_sent_as_a_token_is_worth_nothing(token: object) -> None:
    assert Sessions(SECRET).of(token) is None


def test_a_token_ends_and_a_new_one_goes_on() -> None:
    clock = [1_000_000.0]
    sessions = Sessions(SECRET, lambda: clock[0])
    first = sessions.sign("someone")
    clock[0] += LIFE_SECONDS - 1
    assert sessions.of(first) == "someone"
    renewed = sessions.sign("someone")
    clock[0] += 1
    assert sessions.of(first) is None
    assert sessions.of(renewed) == "someone"
