"""Tokens: nobody gets into a session but with what the server signed for it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charley.rasa.widget import sessions as module
from charley.rasa.widget.sessions import LIFE_SECONDS, MIN_SECRET, NoSecret, Sessions, secret_at_hand

SECRET = b"a" * MIN_SECRET


def test_a_token_leads_back_to_its_session() -> None:
    sessions = Sessions(SECRET)
    session = sessions.new()
    assert sessions.of(sessions.sign(session)) == session


def test_sessions_are_never_the_same() -> None:
    sessions = Sessions(SECRET)
    assert len({sessions.new() for _ in range(1000)}) == 1000


def test_a_token_of_another_secret_is_worth_nothing() -> None:
    assert Sessions(SECRET).of(Sessions(b"b" * MIN_SECRET).sign("someone")) is None


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


@pytest.mark.parametrize("given_secret", [None, "", "short"])
def test_without_a_good_secret_there_is_no_start_and_the_error_says_how_to_make_one(
    given_secret: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(module.DEVELOPMENT_VARIABLE, raising=False)
    monkeypatch.delenv(module.SECRET_VARIABLE, raising=False)
    if given_secret is not None:
        monkeypatch.setenv(module.SECRET_VARIABLE, given_secret)
    with pytest.raises(NoSecret, match=r"export CHARLEY_WIDGET_SECRET=.*token_urlsafe") as raised:
        secret_at_hand()
    assert not given_secret or given_secret not in str(raised.value)


def test_a_given_secret_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(module.SECRET_VARIABLE, SECRET.decode())
    assert secret_at_hand() == SECRET


def test_in_development_one_is_made_kept_and_shown_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(module.SECRET_VARIABLE, raising=False)
    monkeypatch.setenv(module.DEVELOPMENT_VARIABLE, "1")
    made = secret_at_hand()
    assert len(made) >= MIN_SECRET
    assert secret_at_hand() == made
    assert stat.S_IMODE(module.DEVELOPMENT_SECRET.stat().st_mode) == 0o600


def test_a_short_secret_is_refused_in_development_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(module.DEVELOPMENT_VARIABLE, "1")
    monkeypatch.setenv(module.SECRET_VARIABLE, "short")
    with pytest.raises(NoSecret, match="only 5 characters"):
        secret_at_hand()
