"""Coroutines of Rasa's that wait for nothing, as plain calls."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def result_of(work: Coroutine[Any, Any, R]) -> R:
    """What a coroutine that waits for nothing comes to, here and now.

    Raises:
        RuntimeError: if it does wait for something.
    """
    try:
        work.send(None)
    except StopIteration as end:
        result: R = end.value
        return result
    raise RuntimeError("it waits for something")
