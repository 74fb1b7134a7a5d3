"""With the action server dead, an emergency gets its care reply on every channel, in time."""

from __future__ import annotations

import time

import pytest

from charley.rasa.assistant import ANSWER_SECONDS
from tests.conftest import Restartable
from tests.rasa.platforms.dialects import DIALECTS, SECRET
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.test_matrix import CHEST, FOODS, Person

MARGIN = 2.0  # seconds that a busy machine may take on top


async def test_help_comes_in_time_on_every_platform(
    restartable: Restartable, platforms: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARLEY_SECRET", SECRET)
    for dialect in DIALECTS:
        for name, value in dialect.environment(platforms).items():
            monkeypatch.setenv(name, value)
    restartable.start()
    restartable.kill_actions()
    for dialect in DIALECTS:
        platforms.reset()
        person = Person(dialect(), restartable.site, platforms)
        began = time.monotonic()
        texts = person.texts(await person.say(CHEST, wanted="911"))
        assert "911" in " ".join(texts)
        texts = person.texts(await person.say(FOODS, wanted="went wrong|911"))
        assert "911" in " ".join(texts)
        assert time.monotonic() - began < 2 * (ANSWER_SECONDS + MARGIN)
