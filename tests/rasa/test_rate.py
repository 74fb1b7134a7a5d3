"""The token bucket."""

from __future__ import annotations

import pytest

from charley.rasa.rate import Bucket


def test_a_burst_passes_then_one_at_a_time() -> None:
    clock = [0.0]
    bucket = Bucket(burst=3, per_second=2, now=lambda: clock[0])
    assert [bucket.wait() for _ in range(3)] == [0, 0, 0]
    assert bucket.wait() == pytest.approx(0.5)
    clock[0] += 0.5
    assert bucket.wait() == 0
    assert bucket.wait() > 0


def test_a_long_silence_saves_up_no_more_than_a_burst() -> None:
    clock = [0.0]
    bucket = Bucket(burst=2, per_second=1, now=lambda: clock[0])
    clock[0] += 1000
    assert [bool(bucket.wait()) for _ in range(3)] == [False, False, True]
