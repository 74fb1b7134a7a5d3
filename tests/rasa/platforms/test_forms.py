"""The whole corpus of replies within each platform's own limits; and which variables open a platform."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from charley.answers.render import Form, options_of, render
from charley.rasa import secret
from charley.rasa.platforms.channel import PLATFORMS, opened
from charley.rasa.platforms.mattermost import Mattermost
from charley.rasa.platforms.twilio import Twilio
from charley.rasa.secret import Pseudonyms
from tests.answers.test_render import CORPUS, PAYLOAD
from tests.rasa.platforms.dialects import DIALECTS, SECRET
from tests.rasa.platforms.fake import Fake

FORMS = {p.name: p.form for p in PLATFORMS if hasattr(p, "form")}  # callback takes replies whole


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_reply_fits_and_every_option_is_offered(form: Form) -> None:
    for name, reply in CORPUS:
        rendered = render([reply], form)
        text = " ".join(message.text for message in rendered.messages)
        pressed = {option.payload for message in rendered.messages for option in message.options}
        for message in rendered.messages:
            assert 0 < len(message.text) <= form.limit, name
            assert len(message.options) <= form.options, name
            assert all(len(option.title) <= form.title for option in message.options), name
        assert not PAYLOAD.search(text), name
        for option in options_of(reply):
            assert option.payload in pressed or form.escape(option.title) in text, (name, option.title)


@pytest.fixture
def secret_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(secret.VARIABLE, SECRET)


def test_without_variables_nothing_is_open() -> None:
    assert list(opened({})) == []


@pytest.mark.usefixtures("secret_set")
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_half_a_set_is_told_in_a_line_and_the_others_open(
    dialect: type, everything: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    platform = next(p for p in PLATFORMS if p.name == dialect.name)
    if len(platform.needs) < 2:
        pytest.skip("one variable opens it")
    missing = platform.needs[-1]
    with caplog.at_level(logging.WARNING):
        names = [p.name for p in opened({k: v for k, v in everything.items() if k != missing})]
    assert sorted(names) == sorted(p.name for p in PLATFORMS if p is not platform)
    (line,) = [record.getMessage() for record in caplog.records]
    assert missing in line
    assert platform.name in line


MADE_UP = [(platform.name, variable) for platform in PLATFORMS for variable in platform.made_up]


@pytest.fixture
def everything(platforms: Fake) -> dict[str, str]:
    """The variables of all platforms; at the one stand-in that all tests share, for a dialect remembers which it is."""
    return {name: value for d in DIALECTS for name, value in d.environment(platforms).items()}


@pytest.mark.usefixtures("secret_set")
def test_each_variable_may_stand_in_a_file(everything: dict[str, str], tmp_path: Path) -> None:
    in_files = {}
    for name, value in everything.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
        in_files[f"{name}_FILE"] = str(tmp_path / name)
    assert {p.name for p in opened(in_files)} == {p.name for p in PLATFORMS}


@pytest.mark.usefixtures("secret_set")
def test_a_file_that_is_not_there_is_told_in_a_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert list(opened({"TELEGRAM_TOKEN_FILE": "/nowhere"})) == []
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(
        "telegram stays closed: TELEGRAM_TOKEN_FILE names a file that can't be read: /nowhere"
    )


def test_the_tokens_that_people_make_up_are_known() -> None:
    assert MADE_UP == [
        ("messenger", "MESSENGER_VERIFY_TOKEN"),
        ("rocketchat", "ROCKETCHAT_WEBHOOK_TOKEN"),
        ("callback", "CALLBACK_TOKEN"),
        ("webex", "WEBEX_SECRET"),
    ]


@pytest.mark.usefixtures("secret_set")
@pytest.mark.parametrize(
    "token", ["x", "x" * 15, "x" * 257, "x" * 20 + " y", "x" * 20 + "é", "x" * 20 + "\n1"]
)
@pytest.mark.parametrize(("name", "variable"), MADE_UP)
def test_a_token_that_is_none_is_told_in_a_line_and_the_others_open(
    name: str, variable: str, token: str, everything: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        names = [p.name for p in opened({**everything, variable: token})]
    assert sorted(names) == sorted(p.name for p in PLATFORMS if p.name != name)
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"{name} stays closed: {variable} must have 16 to 256" in line
    assert "\n" not in line
    assert token not in line.replace(variable, "") or token == "x"


@pytest.mark.usefixtures("secret_set")
@pytest.mark.parametrize("token", ["x" * 16, "x" * 256, "Aa0_-+/=.~!" * 2, " " + "x" * 16 + "\n"])
def test_a_token_of_another_making_is_taken(token: str) -> None:
    (callback,) = opened({"CALLBACK_URL": "https://example.org", "CALLBACK_TOKEN": token})
    assert callback.set["CALLBACK_TOKEN"] == token.strip()


@pytest.mark.usefixtures("secret_set")
def test_a_slash_at_the_end_of_an_address_does_no_harm() -> None:
    (mattermost,) = opened(
        {**dict.fromkeys(Mattermost.needs, "x"), "MATTERMOST_API": "https://chat.example.org/"}
    )
    assert mattermost.set["MATTERMOST_API"] == "https://chat.example.org"


def test_telegram_s_secret_is_one_that_telegram_takes() -> None:
    for secret_ in (SECRET, "!" * 32, "é" * 40):
        assert re.fullmatch("[A-Za-z0-9_-]{1,256}", Pseudonyms(secret_.encode()).secret("telegram webhook"))


def test_a_platform_without_a_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    monkeypatch.delenv(secret.DEVELOPMENT_VARIABLE, raising=False)
    with pytest.raises(secret.NoSecret):
        list(opened(dict.fromkeys(Twilio.needs, "x")))
    assert not list(opened(dict.fromkeys(Twilio.may, "x")))
