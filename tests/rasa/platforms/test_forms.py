"""The whole corpus of replies within each platform's own limits; and which variables open a platform."""

from __future__ import annotations

import logging

import pytest

from charley.answers.render import Form, options_of, render
from charley.rasa import secret
from charley.rasa.platforms.channel import PLATFORMS, opened
from charley.rasa.platforms.twilio import Twilio
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
    dialect: type, caplog: pytest.LogCaptureFixture
) -> None:
    everything: dict[str, str] = {}
    for each in DIALECTS:
        everything |= each.environment(Fake(port=1))
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


def test_a_platform_without_a_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    monkeypatch.delenv(secret.DEVELOPMENT_VARIABLE, raising=False)
    with pytest.raises(secret.NoSecret):
        list(opened(dict.fromkeys(Twilio.needs, "x")))
