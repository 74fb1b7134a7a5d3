"""All dialects that the matrix of tests speaks."""

from __future__ import annotations

from tests.rasa.platforms.dialect import SECRET, Dialect
from tests.rasa.platforms.telegram_dialect import TelegramDialect

__all__ = ["DIALECTS", "SECRET"]

DIALECTS: list[type[Dialect]] = [TelegramDialect]
