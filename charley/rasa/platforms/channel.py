"""All messaging platforms, each opened by its environment variables (docs/platforms/)."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from charley.rasa.channel import CharleyInput
from charley.rasa.platforms.base import Platform, StaysClosed
from charley.rasa.platforms.callback import Callback
from charley.rasa.platforms.google_chat import GoogleChat
from charley.rasa.platforms.mattermost import Mattermost
from charley.rasa.platforms.messenger import Messenger
from charley.rasa.platforms.rocketchat import RocketChat
from charley.rasa.platforms.slack import Slack
from charley.rasa.platforms.telegram import Telegram
from charley.rasa.platforms.twilio import Twilio
from charley.rasa.platforms.webex import Webex
from charley.rasa.secret import NoSecret, Pseudonyms, secret_at_hand

logger = logging.getLogger(__name__)

PLATFORMS: tuple[type[Platform], ...] = (
    Telegram,
    Slack,
    Messenger,
    Twilio,
    Mattermost,
    RocketChat,
    Callback,
    Webex,
    GoogleChat,
)


class PlatformsInput(CharleyInput):
    """One entry in credentials.yml for all platforms; credentials: none."""

    @classmethod
    def name(cls) -> str:
        return "platforms"

    def url_prefix(self) -> str:
        return "/"  # the group has one of its own, and so has each platform in it

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> PlatformsInput:
        """Open what the environment opens.

        Raises:
            InvalidConfigException: if a platform is to be opened and there is no secret.
        """
        try:
            return cls(list(opened(os.environ)))
        except NoSecret as error:
            raise InvalidConfigException(str(error)) from None

    def __init__(self, platforms: list[Platform]) -> None:
        self._platforms = platforms

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes of all that are open."""
        group = BlueprintGroup(url_prefix="webhooks")
        group.append(self.guarded(Blueprint("charley_platforms", url_prefix="platforms")))
        for platform in self._platforms:
            group.append(platform.blueprint())
        return group


def opened(environment: Mapping[str, str]) -> Iterator[Platform]:
    """The platforms that these variables open; of one that they do not quite open, the log says why.

    Raises:
        NoSecret: if one is to be opened and there is no secret for its pseudonyms.
    """
    for platform in PLATFORMS:
        try:
            variables = platform.variables(environment)
        except StaysClosed as error:
            logger.warning("%s", error)
            continue
        if variables:
            yield platform(variables, Pseudonyms(secret_at_hand()))
