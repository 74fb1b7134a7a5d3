"""Where the services are, as the environment says: one variable each, or a file that holds it (a container's secret)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

DATABASE = "CHARLEY_DATABASE_URL"  # unset: the SQLite file of endpoints.yml
REDIS = "CHARLEY_REDIS_URL"  # unset: one server alone
RABBITMQ = "CHARLEY_RABBITMQ_URL"  # unset: events go nowhere
ACTIONS = "CHARLEY_ACTIONS_URL"  # unset: as endpoints.yml says
IN_FILE = "_FILE"
EXAMPLES = {
    DATABASE: "postgresql://user:password@host:5432/database",
    REDIS: "redis://:password@host:6379/0",
    RABBITMQ: "amqp://user:password@host:5672/",
    ACTIONS: "http://host:5055/webhook",
}
SCHEMES = {
    DATABASE: ("postgresql", "postgres"),
    REDIS: ("redis", "rediss"),
    RABBITMQ: ("amqp", "amqps"),
    ACTIONS: ("http", "https"),
}


class AddressError(ValueError):
    """A variable can't be used; the message names it and never shows its value, which holds a password."""


def told(variable: str, environment: Mapping[str, str] = os.environ) -> str:
    """What a variable holds, or the file that `<variable>_FILE` names; empty where neither is set.

    Raises:
        AddressError: if both are set, or the file can't be read.
    """
    value, file = (environment.get(name, "").strip() for name in (variable, variable + IN_FILE))
    if value and file:
        raise AddressError(f"{variable} and {variable}{IN_FILE} are both set: leave one out.")
    if not file:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AddressError(f"{variable}{IN_FILE} names a file that can't be read: {file} ({error})") from None


def address(variable: str) -> str | None:
    """The address of a service (one of `EXAMPLES`); None where it is not used.

    Raises:
        AddressError: if it is none.
    """
    url = told(variable)
    if not url:
        return None
    wrong = _wrong(variable, url)
    if wrong:
        raise AddressError(f"{variable} must look like {EXAMPLES[variable]}; {wrong}.")
    return url


def check() -> None:
    """Raise AddressError for the first address that can't be used."""
    for variable in EXAMPLES:
        address(variable)


def _wrong(variable: str, url: str) -> str | None:
    """What is wrong with an address, in words that show nothing of it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "its port is no number from 0 to 65535, or its host is not written as one"
    if parts.scheme not in SCHEMES[variable]:
        return f"it does not begin with {SCHEMES[variable][0]}://"
    if not parts.hostname:
        return "it names no host"
    if port == 0:
        return "its port is 0"
    if any(character.isspace() for character in url):
        return "it has a space in it"
    return _wrong_path(variable, parts)


def _wrong_path(variable: str, parts: SplitResult) -> str | None:
    path = parts.path.strip("/")
    if variable == DATABASE and not path:
        return "it names no database"
    if variable == REDIS and path and not path.isdecimal():
        return "its database is no number"
    return None
