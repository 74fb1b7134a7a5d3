"""What the real fact table and the fixed responses may and must say."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from charley.facts import Attribute, FactTable, SubjectKind, load_table
from charley.trainers.check.responses import FORBIDDEN, forbidden

ROOT = Path(__file__).parents[2]
TABLE = load_table(ROOT / "data" / "facts")
NUTRIENTS = [s.id for s in TABLE.subjects.values() if s.kind is SubjectKind.NUTRIENT]
FOUNDING_ROWS = {"S000": 106, "S001": 87, "S002": 47, "S003": 60}  # rows of each founding article


@pytest.fixture(scope="module")
def table() -> FactTable:
    return TABLE


def statements() -> dict[str, str]:
    return {fact.id: fact.statement for fact in TABLE.facts.values()}


def responses() -> dict[str, str]:
    """Every text of domain.yml by the response's name, buttons' titles included."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return {
        name: " ".join([form["text"], *(button["title"] for button in form.get("buttons", []))])
        for name, forms in domain["responses"].items()
        for form in forms
    }


def left_out() -> dict[str, str]:
    with (ROOT / "data" / "facts" / "left_out.csv").open(encoding="utf-8", newline="") as file:
        return {row["origin"]: row["reason"] for row in csv.DictReader(file)}


def test_no_statement_has_more_than_25_words() -> None:
    assert {id_: text for id_, text in statements().items() if len(text.split()) > 25} == {}


@pytest.mark.parametrize("article", FOUNDING_ROWS)
def test_every_row_of_a_founding_article_is_a_fact_or_left_out_for_a_reason(
    table: FactTable, article: str
) -> None:
    rows = {f"{article}-{number:03}" for number in range(1, FOUNDING_ROWS[article] + 1)}
    covered = {origin for fact in table.facts.values() for origin in fact.origin}
    assert rows - covered - set(left_out()) == set()


def test_whatever_is_left_out_has_a_reason() -> None:
    assert [origin for origin, reason in left_out().items() if not reason.strip()] == []


def test_nothing_is_both_left_out_and_covered(table: FactTable) -> None:
    covered = {origin for fact in table.facts.values() for origin in fact.origin}
    assert covered & set(left_out()) == set()


@pytest.mark.parametrize("nutrient", NUTRIENTS)
def test_every_nutrient_has_a_fact_on_what_it_is_or_does(table: FactTable, nutrient: str) -> None:
    assert table.about(nutrient, [Attribute.DEFINITION, Attribute.ROLE, Attribute.ROLE_IN_CRAMPS])


@pytest.mark.parametrize("texts", [statements(), responses()], ids=["statements", "responses"])
def test_nothing_says_what_must_never_be_said(texts: dict[str, str]) -> None:
    assert {name: text for name, text in texts.items() if forbidden(text)} == {}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a diagnosis", "You have a clot."),
        ("a diagnosis", "You probably have a deficiency."),
        ("stopping a medicine", "Stop taking your statin."),
        ("waiting is safe", "It is safe to wait."),
        ("a dose", "You should take 400 mg."),
        ("a mistake of the founding articles", "Excessive electrolytes help."),
    ],
)
def test_the_forbidden_phrases_would_be_noticed(what: str, text: str) -> None:
    assert forbidden(text) == [what]


@pytest.mark.parametrize("text", ["Do not stop taking the medicine.", "Never stop taking it on your own."])
def test_advice_not_to_stop_a_medicine_is_allowed(text: str) -> None:
    assert forbidden(text) == []


def test_each_forbidden_thing_is_tried_above() -> None:
    assert len(FORBIDDEN) == 5


def test_a_link_of_a_source_is_a_web_link(table: FactTable) -> None:
    links = [source.url for source in table.sources.values() if source.url is not None]
    assert [link for link in links if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", link)] == []


def test_every_source_is_used(table: FactTable) -> None:
    used = {source for fact in table.facts.values() for source in fact.sources}
    assert set(table.sources) - used == set()
