"""The last training beside the one before, how figures went over time, and which model answers now."""

from __future__ import annotations

from typing import Any

from charley.trainers.page.parts import note


def layout() -> Any:
    return note("not built yet")
