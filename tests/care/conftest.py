"""What the tests of the care guard share: the guard over the project's flags, and how it reads a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.care.flags import CareData, load_care
from charley.care.guard import Assessment, CareGuard
from charley.reading.reader import Reader, Reading

CARE = Path(__file__).parents[2] / "data" / "care"


class Guarded:
    """The guard with a reader that knows the words of the patterns, as in a trained model."""

    def __init__(self, data: CareData) -> None:
        self._reader = Reader.learn([], data.vocabulary())
        self._guard = CareGuard(data)

    def __call__(self, message: str) -> Assessment:
        return self._guard.read(self.reading(message))

    def reading(self, message: str) -> Reading:
        """The message as the guard gets it."""
        return self._reader.read(message)

    def statuses(self, message: str) -> dict[str, str]:
        """Flag, note or caution -> how it is meant where it is mentioned first."""
        found: dict[str, str] = {}
        for finding in self(message).findings:
            found.setdefault(finding.flag, finding.status)
        return found


@pytest.fixture(scope="session")
def care() -> CareData:
    """The project's flags."""
    return load_care(CARE)


@pytest.fixture(scope="session")
def guard(care: CareData) -> Guarded:
    return Guarded(care)
