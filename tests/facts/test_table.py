"""Look-ups on the fact table."""

from __future__ import annotations

from typing import Any

import pytest

from charley.facts import Attribute, FactTable, load_table

SOURCE = {"title": "A title", "publisher": "A publisher", "kind": "reference", "url": None}


def fact(id_: str, subject: str, attribute: str, statement: str, *sources: str) -> dict[str, Any]:
    return {
        "id": id_,
        "subject": subject,
        "attribute": attribute,
        "statement": statement,
        "sources": sources or ("nih",),
        "evidence": "reference",
        "caution": None,
        "reviewed": "2026-01-31",
    }


def by_id(*rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows}


@pytest.fixture
def table() -> FactTable:
    return FactTable.parse_obj(
        {
            "sources": by_id({**SOURCE, "id": "nih"}, {**SOURCE, "id": "nhs"}, {**SOURCE, "id": "unread"}),
            "subjects": by_id(
                {"id": "potassium", "kind": "nutrient", "name": "potassium"},
                {"id": "calcium", "kind": "nutrient", "name": "calcium"},
                {"id": "banana", "kind": "food", "name": "bananas", "names": ("banana",)},
                {"id": "nuts", "kind": "food", "name": "nuts", "names": ("nut",)},
            ),
            "facts": by_id(
                fact("k-foods", "potassium", "food_sources", "Bananas and peas.", "nhs", "nih"),
                fact("k-role", "potassium", "role", "Potassium helps muscles work."),
                fact("k-foods-2", "potassium", "food_sources", "A banana helps, a coconut less so.", "nhs"),
                fact("ca-foods", "calcium", "food_sources", "Milk."),
                fact("banana-definition", "banana", "definition", "A banana is a fruit."),
            ),
        }
    )


def ids(table: FactTable, subject: str, *attributes: str) -> list[str]:
    return [found.id for found in table.about(subject, [Attribute(a) for a in attributes])]


def test_facts_come_attribute_by_attribute_as_asked(table: FactTable) -> None:
    assert ids(table, "potassium", "role", "food_sources") == ["k-role", "k-foods", "k-foods-2"]


def test_facts_on_one_attribute_come_in_file_order(table: FactTable) -> None:
    assert ids(table, "potassium", "food_sources") == ["k-foods", "k-foods-2"]


def test_a_fact_comes_once_even_where_its_attribute_is_asked_twice(table: FactTable) -> None:
    assert ids(table, "potassium", "role", "role") == ["k-role"]


def test_a_subject_without_such_facts_has_none(table: FactTable) -> None:
    assert ids(table, "calcium", "role", "duration") == []


def test_a_food_is_looked_up_in_what_nutrients_say_of_it(table: FactTable) -> None:
    assert ids(table, "banana", "food_sources") == ["k-foods", "k-foods-2"]


def test_a_food_inside_another_word_is_not_that_food(table: FactTable) -> None:
    assert ids(table, "nuts", "food_sources") == []


def test_the_reverse_look_up_is_for_food_sources_only(table: FactTable) -> None:
    assert ids(table, "banana", "definition", "role") == ["banana-definition"]


def test_what_facts_on_cramps_say_of_a_subject_is_found_by_its_name() -> None:
    table = FactTable.parse_obj(
        {
            "sources": by_id({**SOURCE, "id": "nih"}),
            "subjects": by_id(
                {"id": "leg_cramps", "kind": "cramp", "name": "leg cramps"},
                {"id": "night_cramps", "kind": "cramp", "name": "night cramps"},
                {"id": "stretching", "kind": "remedy", "name": "stretching", "names": ("calf stretch",)},
            ),
            "facts": by_id(
                fact("trial", "leg_cramps", "evidence", "One trial found that stretching helps."),
                fact("other", "leg_cramps", "evidence", "Nothing is sure."),
                fact("relief", "leg_cramps", "relief", "A calf stretch may help."),
                fact("night", "night_cramps", "evidence", "Stretching may help."),
                fact("own", "stretching", "evidence", "Stretching helps some."),
            ),
        }
    )
    found = table.about_within("stretching", ["leg_cramps"], Attribute.EVIDENCE)
    assert [f.id for f in found] == ["trial"]
    assert table.about_within("stretching", ["leg_cramps"], Attribute.PREVENTION) == []
    assert table.about_within("leg_cramps", ["leg_cramps"], Attribute.RELIEF) == []


def test_attributes_come_in_the_order_of_the_enumeration(table: FactTable) -> None:
    assert table.attributes_of("potassium") == [Attribute.ROLE, Attribute.FOOD_SOURCES]


def test_a_food_has_food_sources_among_its_attributes(table: FactTable) -> None:
    assert table.attributes_of("banana") == [Attribute.DEFINITION, Attribute.FOOD_SOURCES]


def test_sources_come_once_in_the_order_in_which_they_are_needed(table: FactTable) -> None:
    found = table.about("potassium", [Attribute.FOOD_SOURCES, Attribute.ROLE])
    assert [source.id for source in table.sources_of(found)] == ["nhs", "nih"]


def test_no_facts_need_no_sources(table: FactTable) -> None:
    assert table.sources_of([]) == []


def test_a_snapshot_gives_the_same_table_back(table: FactTable) -> None:
    again = FactTable.parse_obj(table.snapshot())
    assert again == table
    assert list(again.facts) == list(table.facts)


def cautious() -> FactTable:
    """Two facts that need a third one said along with them."""
    warning = fact("k-warning", "potassium", "supplement", "Ask a pharmacist first.")
    tablets = {**fact("k-tablets", "potassium", "supplement", "Tablets exist."), "caution": "k-warning"}
    foods = {**fact("k-foods", "potassium", "food_sources", "Bananas."), "caution": "k-warning"}
    return FactTable.parse_obj(
        {
            "sources": by_id({**SOURCE, "id": "nih"}),
            "subjects": by_id({"id": "potassium", "kind": "nutrient", "name": "potassium"}),
            "facts": by_id(tablets, warning, foods),
        }
    )


def test_facts_left_out_are_in_no_look_up(table: FactTable) -> None:
    rest = table.without({"k-foods", "banana-definition"})
    assert ids(rest, "potassium", "role", "food_sources") == ["k-role", "k-foods-2"]
    assert ids(rest, "banana", "food_sources", "definition") == ["k-foods-2"]
    assert rest.attributes_of("banana") == [Attribute.FOOD_SOURCES]


def test_leaving_facts_out_leaves_the_table_itself_as_it_was(table: FactTable) -> None:
    before = list(table.facts)
    assert ids(table, "potassium", "food_sources") == ["k-foods", "k-foods-2"]
    table.without({"k-foods"})
    assert list(table.facts) == before
    assert ids(table, "potassium", "food_sources") == ["k-foods", "k-foods-2"]


def test_a_table_that_was_looked_up_in_gives_the_same_snapshot(table: FactTable) -> None:
    before = table.snapshot()
    table.about("banana", [Attribute.FOOD_SOURCES])
    assert table.snapshot() == before


@pytest.mark.parametrize("facts", [set(), {"no-such-fact"}])
def test_leaving_nothing_out_gives_an_equal_table(table: FactTable, facts: set[str]) -> None:
    assert table.without(facts) == table


def test_what_is_left_keeps_its_order_and_all_subjects_and_sources(table: FactTable) -> None:
    rest = table.without(["k-role"])
    assert list(rest.facts) == [id_ for id_ in table.facts if id_ != "k-role"]
    assert (rest.subjects, rest.sources) == (table.subjects, table.sources)


def test_a_subject_may_be_left_without_a_fact(table: FactTable) -> None:
    rest = table.without(["ca-foods"])
    assert rest.attributes_of("calcium") == []


def test_a_caution_that_another_fact_needs_is_never_left_out() -> None:
    rest = cautious().without(["k-warning", "k-tablets"])
    assert list(rest.facts) == ["k-warning", "k-foods"]


def test_what_is_left_is_found_by_name_as_in_a_table_made_anew() -> None:
    table = load_table()
    left = table.without(["leg-cramps-evidence-stretching", "leg-cramps-evidence-quinine"])
    anew = FactTable.parse_obj(left.snapshot())
    for subject in table.subjects:
        for attribute in Attribute:
            assert left.about(subject, [attribute]) == anew.about(subject, [attribute])
            within = left.about_within(subject, ["leg_cramps"], attribute)
            assert within == anew.about_within(subject, ["leg_cramps"], attribute)


def test_facts_can_be_left_out_in_two_steps(table: FactTable) -> None:
    assert table.without(["k-role"]).without(["k-foods"]) == table.without(["k-role", "k-foods"])
