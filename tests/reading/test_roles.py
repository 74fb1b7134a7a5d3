"""What is wanted or feared of the subjects that a message names."""

from __future__ import annotations

import pytest

from charley.reading.names import NameFinder
from charley.reading.reader import Reader
from charley.reading.roles import EXCESS, LACK, LESS, MORE, roles

NAMES = {name: name for name in ("calcium", "magnesium", "sodium", "potassium")} | {
    "low potassium": "potassium"
}


def roles_in(message: str) -> dict[str, str | None]:
    reading = Reader.learn([message], NAMES).read(message)
    mentions = NameFinder(NAMES).find(reading)
    return {m.subject: role for m, role in zip(mentions, roles(reading, mentions), strict=True)}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("less calcium but more magnesium", {"calcium": LESS, "magnesium": MORE}),
        ("should i cut down on sodium and get more potassium", {"sodium": LESS, "potassium": MORE}),
        ("signs of too much calcium and sodium", {"calcium": EXCESS, "sodium": EXCESS}),
        ("low magnesium or too much calcium?", {"magnesium": LACK, "calcium": EXCESS}),
        ("my calcium is too high, magnesium is low", {"calcium": EXCESS, "magnesium": LACK}),
        ("high potassium low sodium", {"potassium": EXCESS, "sodium": LACK}),
        ("sodium levels a bit low and potassium", {"sodium": LACK, "potassium": LACK}),
        ("not enough potassium, plenty of calcium", {"potassium": LACK, "calcium": None}),
        ("foods low in sodium", {"sodium": LESS}),
        ("why would i be low in magnesium", {"magnesium": LACK}),
        ("foods high in potassium", {"potassium": MORE}),
        ("low potassium", {"potassium": LACK}),
        ("too much calcium, low potassium", {"calcium": EXCESS, "potassium": LACK}),
        ("how much magnesium a day", {"magnesium": None}),
        ("I feel low. What does magnesium do?", {"magnesium": None}),
        ("is there more? calcium", {"calcium": None}),
        ("magnesium and potassium", {"magnesium": None, "potassium": None}),
        ("TOO MUCH CALCIUM", {"calcium": EXCESS}),
    ],
)
def test_a_subject_has_the_role_that_its_words_give_it(message: str, expected: dict[str, str | None]) -> None:
    assert roles_in(message) == expected
