"""..."""

from __future__ import annotations

from typing import Any

from charley.trainers.page.parts import note


def layout(**_: str) -> Any:
    return note("not built yet")
