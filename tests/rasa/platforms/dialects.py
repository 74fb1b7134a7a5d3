"""All dialects that the matrix of tests speaks."""

from __future__ import annotations

from tests.rasa.platforms.callback_dialect import CallbackDialect
from tests.rasa.platforms.dialect import SECRET, Dialect
from tests.rasa.platforms.google_chat_dialect import GoogleChatDialect
from tests.rasa.platforms.mattermost_dialect import MattermostDialect
from tests.rasa.platforms.messenger_dialect import MessengerDialect
from tests.rasa.platforms.rocketchat_dialect import RocketChatDialect
from tests.rasa.platforms.slack_dialect import SlackDialect
from tests.rasa.platforms.telegram_dialect import TelegramDialect
from tests.rasa.platforms.twilio_dialect import TwilioDialect
from tests.rasa.platforms.webex_dialect import WebexDialect

__all__ = ["DIALECTS", "SECRET"]

DIALECTS: list[type[Dialect]] = [
    TelegramDialect,
    SlackDialect,
    MessengerDialect,
    TwilioDialect,
    MattermostDialect,
    RocketChatDialect,
    CallbackDialect,
    WebexDialect,
    GoogleChatDialect,
]
