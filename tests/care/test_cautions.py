"""Which facts are left out once something was mentioned."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.care.cautions import left_out
from charley.care.flags import CareData, Caution
from charley.facts import Fact, FactTable, load_table

FACTS = Path(__file__).parents[2] / "data" / "facts"
SAY = "I leave that out."


def fact(id_: str, subject: str, attribute: str, statement: str) -> Fact:
    return Fact.parse_obj(
        {
            "id": id_,
            "subject": subject,
            "attribute": attribute,
            "statement": statement,
            "sources": ("nih",),
            "evidence": "reference",
            "caution": None,
            "reviewed": "2026-01-31",
        }
    )


FOODS = fact("k-foods", "potassium", "food_sources", "Potassium stands in bananas.")
ROLE = fact("k-role", "potassium", "role", "Potassium helps muscles work.")
RUBBING = fact("rub", "leg_cramps", "relief", "Rub the calf gently.")
RUBBISH = fact("rubbish", "leg_cramps", "relief", "It is rubbish that a spoon under the bed helps.")
DRINKS = fact("drinks", "sports_drinks", "food_sources", "They hold sugar and salt.")
ALL = [FOODS, ROLE, RUBBING, RUBBISH, DRINKS]


def caution(**fields: object) -> Caution:
    plain = {"id": "a_caution", "source": "a source", "attributes": ["food_sources", "relief"], "say": SAY}
    return Caution.parse_obj({**plain, **fields})


def test_a_fact_with_a_word_of_the_caution_is_left_out_and_replaced() -> None:
    assert left_out(ALL, [caution(words=["potassium"])]) == {"k-foods": SAY}


def test_a_word_counts_in_any_case_but_only_as_a_whole() -> None:
    assert set(left_out(ALL, [caution(words=["rub"])])) == {"rub"}
    assert set(left_out(ALL, [caution(words=["BANANAS"])])) == {"k-foods"}


def test_a_fact_about_a_subject_of_the_caution_is_left_out_whatever_it_says() -> None:
    assert set(left_out(ALL, [caution(words=["no such word"], subjects=["sports_drinks"])])) == {"drinks"}


def test_other_attributes_are_left_in() -> None:
    assert left_out([ROLE], [caution(words=["potassium"], subjects=["potassium"])]) == {}


def test_a_caution_without_words_leaves_out_all_of_its_attributes() -> None:
    assert set(left_out(ALL, [caution(attributes=["relief"])])) == {"rub", "rubbish"}


def test_a_mark_in_a_word_is_no_pattern() -> None:
    assert left_out([FOODS], [caution(words=["banana.", "b.nanas"])]) == {}


def test_the_first_of_two_cautions_says_why() -> None:
    said = left_out([RUBBING], [caution(words=["calf"], say="First."), caution(words=["rub"], say="Second.")])
    assert said == {"rub": "First."}


@pytest.mark.parametrize(("facts", "cautions"), [([], [caution()]), (ALL, [])])
def test_without_facts_or_cautions_nothing_is_left_out(facts: list[Fact], cautions: list[Caution]) -> None:
    assert left_out(facts, cautions) == {}


@pytest.fixture(scope="module")
def table() -> FactTable:
    return load_table(FACTS)


@pytest.mark.parametrize("id_", ["potassium_builds_up", "vitamin_k_with_warfarin", "possible_clot"])
def test_every_caution_leaves_facts_out_and_leaves_most_in(
    care: CareData, table: FactTable, id_: str
) -> None:
    chosen = [caution for caution in care.cautions if caution.id == id_]
    found = left_out(table.facts.values(), chosen)
    assert 0 < len(found) < len(table.facts) / 2


def test_what_potassium_holds_is_left_out_with_bad_kidneys(care: CareData, table: FactTable) -> None:
    chosen = [caution for caution in care.cautions if caution.id == "potassium_builds_up"]
    sources = [
        fact
        for fact in table.facts.values()
        if fact.subject == "potassium" and "food" in fact.attribute.value
    ]
    assert sources
    assert {fact.id for fact in sources} <= set(left_out(table.facts.values(), chosen))


def test_subjects_of_cautions_stand_in_the_fact_table(care: CareData, table: FactTable) -> None:
    unknown = {s for caution in care.cautions for s in caution.subjects} - set(table.subjects)
    assert unknown == set()
