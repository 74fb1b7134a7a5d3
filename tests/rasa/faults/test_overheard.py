"""That the tests beside this one could fail: what gets out is overheard."""

from __future__ import annotations

import logging

from tests.rasa.faults.world import CANARY, Overheard


def test_a_word_in_a_log_or_an_error_is_overheard(overheard: Overheard) -> None:
    print(f"printed {CANARY}-1")
    try:
        raise RuntimeError(f"{CANARY}-2")
    except RuntimeError:
        logging.getLogger("of.a.test").exception("it failed")
    heard = overheard.all_of_it()
    assert f"{CANARY}-1" in heard
    assert f"{CANARY}-2" in heard
