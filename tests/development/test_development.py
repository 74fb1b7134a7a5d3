"""Messages that may be looked at and tuned on: what they show is no measure of strangers' messages.

questions.csv and the first talks of talks.csv (numbers below 1000) were held out until 2026-11-30, and were
replaced when their errors were read. The other talks were written for this folder.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from charley.trainers.quality import messages
from tests.held_out.test_held_out import rightly_answered, rightly_followed

if TYPE_CHECKING:
    from charley.rasa.assistant import Assistant

HERE = Path(__file__).parent


async def test_questions_are_answered_with_a_right_fact(assistant: Assistant) -> None:
    right = await rightly_answered(assistant, messages.read("questions.csv", HERE))
    print(f"\nof the development questions answered with a right fact: {right[True]} of {right.total()}")
    assert right[True] / right.total() >= 0.85


async def test_follow_ups_are_answered_with_a_right_fact(assistant: Assistant) -> None:
    right = await rightly_followed(assistant, messages.read("talks.csv", HERE))
    print(f"\nof the development follow-ups answered with a right fact: {right[True]} of {right.total()}")
    assert right[True] / right.total() >= 0.6  # 0.7 with the first 12 talks alone; 40 harder ones came in


async def test_several_questions_of_one_message_are_told_apart(assistant: Assistant) -> None:
    found, asked, whole = 0, 0, Counter[bool]()
    with (HERE / "several.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        parsed, wanted = await assistant.parse(row["text"]), row["asks"].split()
        seen = [part["intent"] for part in parsed.get("questions") or [{"intent": parsed["intent"]["name"]}]]
        found, asked = found + len(set(seen) & set(wanted)), asked + len(wanted)
        whole[seen == wanted] += 1
    print(
        f"\nquestions of several told apart: {found} of {asked}; whole messages: {whole[True]} of {len(rows)}"
    )
    assert found / asked >= 0.7
