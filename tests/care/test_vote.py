"""The second vote: what probabilities amount to, whole and in stretches."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from charley.care.judged import Judged
from charley.care.levels import CareLevel
from charley.care.vote import STRETCH, CareVote, Vote, sentences, stretches
from charley.reading.encoder import DIMENSIONS
from charley.reading.features import Features
from charley.reading.linear import LinearClassifier

CLASSES = [
    "none:calm",
    "see_doctor:often",
    "urgent_same_day:swelling",
    "emergency:chest",
    "emergency:stroke",
    "crisis:harm",
]
JUDGED_BEFORE = {
    "What if it wakes me again?": (CareLevel.NONE, "harm"),
    "my chest is like a drum": (CareLevel.EMERGENCY, "chest"),
}
HALF = {"see_doctor": 0.5, "urgent_same_day": 0.5, "emergency": 0.5, "crisis": 0.5}


def features(**probabilities: float) -> Features:
    """Features that the model below gives these probabilities; the rest is calm."""
    known = {name.split(":")[1]: 1e-9 for name in CLASSES} | probabilities
    known["calm"] = 1 - sum(probabilities.values())
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[: len(CLASSES)] = np.log([max(known[name.split(":")[1]], 1e-9) for name in CLASSES])
    return Features(vector, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def voting(**thresholds: float) -> CareVote:
    weights = np.eye(len(CLASSES), DIMENSIONS, dtype=np.float32)
    model = LinearClassifier(CLASSES, weights, np.zeros(len(CLASSES), dtype=np.float32), DIMENSIONS)
    judged = Judged.learn([(text, level, flag) for text, (level, flag) in JUDGED_BEFORE.items()])
    return CareVote(
        model, judged, {**HALF, **thresholds}, sure=0.8, sentence=0.9, harmless=0.95, harmless_crisis=0.98
    )


def vote(text: str, whole: Features, parts: dict[str, Features] | None = None, **thresholds: float) -> Vote:
    return voting(**thresholds).of(text, whole, lambda part: (parts or {}).get(part, features()))


@pytest.mark.parametrize(
    ("probabilities", "level", "flag"),
    [
        ({}, CareLevel.NONE, None),
        ({"often": 0.4}, CareLevel.NONE, None),
        ({"often": 0.6}, CareLevel.SEE_DOCTOR, "often"),
        ({"swelling": 0.6}, CareLevel.URGENT_SAME_DAY, "swelling"),
        ({"chest": 0.3, "stroke": 0.4}, CareLevel.EMERGENCY, "stroke"),
        ({"harm": 0.9}, CareLevel.CRISIS, "harm"),
        ({"often": 0.3, "swelling": 0.3}, CareLevel.SEE_DOCTOR, "often"),
        ({"often": 0.1, "swelling": 0.3, "chest": 0.3}, CareLevel.URGENT_SAME_DAY, "swelling"),
    ],
)
def test_the_gravest_level_that_is_probable_enough_is_voted_for(
    probabilities: dict[str, float], level: CareLevel, flag: str | None
) -> None:
    found = vote("a message", features(**probabilities))
    assert (found.level, found.flag) == (level, flag)


def test_graver_levels_count_towards_a_lower_one_and_its_likeliest_flag_is_named() -> None:
    found = vote("a message", features(swelling=0.2, chest=0.4))
    assert (found.level, found.flag) == (CareLevel.URGENT_SAME_DAY, "swelling")
    assert found.probability == pytest.approx(0.6, abs=1e-3)


@pytest.mark.parametrize(("probability", "sure"), [(0.79, False), (0.81, True)])
def test_a_vote_is_sure_from_a_probability_on(probability: float, sure: bool) -> None:
    assert bool(vote("a message", features(chest=probability)).sure) is sure


def test_a_threshold_of_a_level_is_its_own() -> None:
    assert vote("a message", features(chest=0.4), emergency=0.3).level is CareLevel.EMERGENCY
    assert vote("a message", features(chest=0.6), emergency=0.7).level is CareLevel.URGENT_SAME_DAY


def test_nothing_need_be_asked_below_care_today() -> None:
    assert vote("a message", features(often=0.6)).sure


@pytest.mark.parametrize(
    ("seen", "text", "often", "harmless"),
    [
        (CareLevel.EMERGENCY, "chilli made my lips tingle", 0.01, True),
        (CareLevel.EMERGENCY, "chilli made my lips tingle", 0.04, True),
        (CareLevel.EMERGENCY, "chilli made my lips tingle", 0.1, False),
        (CareLevel.EMERGENCY, "chilli on my lips", 0.01, False),  # too little around the sign
        (CareLevel.CRISIS, "this hill will be my death", 0.01, True),
        (CareLevel.CRISIS, "this hill will be my death", 0.04, False),
    ],
)
def test_signs_count_for_nothing_from_a_probability_and_a_length_on(
    seen: CareLevel, text: str, often: float, harmless: bool
) -> None:
    found = vote(text, features(harm=often))
    assert voting().overrules(seen, found, [], lambda _: features()) is harmless


@pytest.mark.parametrize(("chest", "lesser"), [(0.02, True), (0.2, False)])
def test_signs_may_be_held_for_a_lesser_report(chest: float, lesser: bool) -> None:
    found = vote("my leg is swollen and my chest rub smells", features(swelling=0.7, chest=chest))
    assert found.level is CareLevel.URGENT_SAME_DAY
    assert voting().overrules(CareLevel.EMERGENCY, found, [], lambda _: features()) is lesser
    assert not voting().overrules(CareLevel.URGENT_SAME_DAY, found, [], lambda _: features())


def test_signs_count_unless_what_stands_around_each_is_harmless_by_itself() -> None:
    found, around = vote("much harmless talk around a sign", features()), ["talk", "my face is drooping"]
    drooping = {"my face is drooping": features(stroke=0.1)}
    assert voting().overrules(CareLevel.EMERGENCY, found, around, lambda _: features())
    assert not voting().overrules(CareLevel.EMERGENCY, found, around, lambda t: drooping.get(t, features()))


def test_no_long_message_is_harmless_with_a_stretch_that_may_not_be() -> None:
    text = "it cramps at night and so on " * 20 + "my face is drooping"
    last = list(stretches(text))[-1]
    assert vote(text, features()).below[CareLevel.EMERGENCY] > 0.99
    found = vote(text, features(), {last: features(stroke=0.1)})
    assert found.below[CareLevel.EMERGENCY] == pytest.approx(0.9)


def test_a_long_message_is_scored_in_stretches_and_the_gravest_counts() -> None:
    text = "it cramps at night and so on " * 20 + "my face is drooping"
    last = list(stretches(text))[-1]
    assert last.endswith("my face is drooping")
    assert vote(text, features(often=0.9), {last: features(stroke=0.9)}).flag == "stroke"
    assert vote(text, features(chest=0.9), {last: features(often=0.99)}).level is CareLevel.EMERGENCY


BURIED = "nice weather here today. my calf is twice its size. which nuts have magnesium?"


@pytest.mark.parametrize(
    ("whole", "swelling", "level"),
    [
        ({}, 0.95, CareLevel.URGENT_SAME_DAY),
        ({}, 0.85, CareLevel.NONE),
        ({"often": 0.6}, 0.95, CareLevel.SEE_DOCTOR),  # what the whole calls for stands
    ],
)
def test_a_danger_in_a_sentence_counts_where_the_whole_calls_for_nothing(
    whole: dict[str, float], swelling: float, level: CareLevel
) -> None:
    parts = {"my calf is twice its size.": features(swelling=swelling)}
    assert vote(BURIED, features(**whole), parts).level is level


def test_a_message_of_one_sentence_has_none_and_few_words_are_none() -> None:
    assert sentences("my calf is twice its size.") == []
    assert sentences("hi there. my calf is swollen. thanks") == ["my calf is swollen."]


def test_stretches_overlap_and_leave_nothing_out() -> None:
    words = [str(number) for number in range(4 * STRETCH + 7)]
    parts = [part.split() for part in stretches(" ".join(words))]
    assert {word for part in parts for word in part} == set(words)
    assert all(set(one) & set(other) for one, other in pairwise(parts))


@pytest.mark.parametrize("count", [0, 1, STRETCH])
def test_a_message_that_is_read_at_once_has_none(count: int) -> None:
    assert list(stretches("word " * count)) == []


@pytest.mark.parametrize("said", ["What if it wakes me again?", "what if it wakes me, AGAIN?"])
def test_what_people_have_judged_harmless_is_harmless_whatever_the_model_says(said: str) -> None:
    found = vote(said, features(harm=0.9))
    assert (found.level, found.flag, found.sure) == (CareLevel.NONE, None, True)
    assert found.below[CareLevel.CRISIS] == 1.0


def test_what_people_have_judged_a_danger_is_one_whatever_the_model_says() -> None:
    found = vote("my chest is like a drum", features())
    assert (found.level, found.flag, found.sure) == (CareLevel.EMERGENCY, "chest", True)


def test_other_words_are_the_models_to_judge() -> None:
    assert vote("what if it wakes me again and I can't bear it", features(harm=0.9)).level is CareLevel.CRISIS
