"""Wordings that people have judged, kept as hashes."""

from __future__ import annotations

from pathlib import Path

from charley.care.judged import Judged
from charley.care.levels import CareLevel

WORDINGS = [
    ("Woke me twice.", CareLevel.NONE, "harm"),
    ("it hurts", CareLevel.SEE_DOCTOR, "often"),
    ("It hurts!", CareLevel.EMERGENCY, "chest"),
]


def test_the_words_count_and_neither_case_nor_punctuation() -> None:
    assert Judged.learn(WORDINGS).of("woke me, TWICE") == (CareLevel.NONE, "harm")


def test_what_was_judged_as_a_question_is_not_known_as_a_report() -> None:
    judged = Judged.learn([("One leg swollen?", CareLevel.NONE, "swelling")])
    assert judged.of("one leg swollen") is None
    assert judged.of("one leg swollen ?") == (CareLevel.NONE, "swelling")


def test_words_that_nobody_judged_are_not_known() -> None:
    judged = Judged.learn(WORDINGS)
    assert [judged.of(text) for text in ("woke me", "woke me twice again", "")] == [None, None, None]


def test_of_a_wording_with_two_levels_the_graver_holds() -> None:
    assert Judged.learn(WORDINGS).of("it hurts") == (CareLevel.EMERGENCY, "chest")


def test_what_is_stored_is_found_again_and_holds_no_words(tmp_path: Path) -> None:
    Judged.learn(WORDINGS).save(tmp_path)
    judged = Judged.load(tmp_path)
    assert all(judged.of(text) for text, _, _ in WORDINGS)
    assert not any(b"twice" in path.read_bytes() for path in tmp_path.iterdir())
