"""The server's secret: none, no start; and nobody can be led back to from what is derived from it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from charley.rasa import secret as module
from charley.rasa.secret import MIN_LENGTH, NoSecret, Pseudonyms, derived, secret_at_hand

SECRET = b"a" * MIN_LENGTH


@pytest.mark.parametrize("given", [None, "", "short"])
def test_without_a_good_secret_there_is_no_start_and_the_error_says_how_to_make_one(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(module.DEVELOPMENT_VARIABLE, raising=False)
    monkeypatch.delenv(module.VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(module.VARIABLE, given)
    with pytest.raises(NoSecret, match=r"export CHARLEY_SECRET=.*token_urlsafe") as raised:
        secret_at_hand()
    assert not given or given not in str(raised.value)


def test_a_given_secret_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(module.VARIABLE, SECRET.decode())
    assert secret_at_hand() == SECRET


def test_in_development_one_is_made_kept_and_shown_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(module.VARIABLE, raising=False)
    monkeypatch.setenv(module.DEVELOPMENT_VARIABLE, "1")
    made = secret_at_hand()
    assert len(made) >= MIN_LENGTH
    assert secret_at_hand() == made
    assert stat.S_IMODE(module.DEVELOPMENT_FILE.stat().st_mode) == 0o600


def test_a_short_secret_is_refused_in_development_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(module.DEVELOPMENT_VARIABLE, "1")
    monkeypatch.setenv(module.VARIABLE, "short")
    with pytest.raises(NoSecret, match="only 5 characters"):
        secret_at_hand()


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {derived(SECRET, "one"), derived(SECRET, "two"), derived(b"b" * MIN_LENGTH, "one")}
    assert len(keys) == 3


def test_a_pseudonym_is_always_the_same_and_says_nothing() -> None:
    names = Pseudonyms(SECRET)
    phone = "+64211234567"
    assert names.of("twilio", phone) == names.of("twilio", phone)
    assert phone[1:] not in names.of("twilio", phone)
    assert names.of("twilio", phone) != names.of("telegram", phone).replace("telegram", "twilio")
    assert names.of("twilio", phone) != Pseudonyms(b"b" * MIN_LENGTH).of("twilio", phone)
