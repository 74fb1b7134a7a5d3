"""Answers from the real facts: how long they are, what must go along, and how they go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from charley.admission import Admitted, Buttons, admit
from charley.answers import Asked, Kind, Reply, answer, load_questions, more, show_sources
from charley.answers.compose import ANY_CRAMP, NO_MORE, NOT_REVIEWED, SAFETY_NET
from charley.facts import Attribute, SubjectKind, load_table

ROOT = Path(__file__).parents[2]
TABLE = load_table(ROOT / "data" / "facts")
QUESTIONS = load_questions(ROOT / "data" / "questions.yml")
INTENTS = list(QUESTIONS.by_intent)
NO_FACT = "I have no reviewed fact on"
GROUPS_OF_SUBJECTS = [
    ("magnesium", "potassium"),
    ("magnesium", "potassium", "calcium"),
    ("spinach", "banana", "avocado"),
    ("quinine", "diuretics"),
    ("pregnancy", "night_cramps", "vitamin_b12"),
]


@dataclass(frozen=True)
class Answered:
    """An intent, what was named with it, and the reply."""

    intent: str
    named: tuple[str, ...]
    reply: Reply


def ask(intent: str, *named: str) -> Reply:
    return answer(TABLE, QUESTIONS, [Asked(intent, named)])


def words(reply: Reply) -> int:
    """The words of a reply, its sources not counted."""
    return sum(len(paragraph.split()) for paragraph in reply.paragraphs)


def ids(reply: Reply) -> list[str]:
    return [fact.id for fact in reply.facts]


def cautions(reply: Reply) -> set[str]:
    return {fact.caution for fact in reply.facts if fact.caution}


def pages(reply: Reply) -> Iterator[Reply]:
    """What "more" says after a reply, until nothing is left."""
    while reply.rest:
        left = len(reply.rest)
        reply = more(TABLE, reply.rest)
        assert len(reply.rest) < left
        yield reply


@pytest.fixture(scope="module", params=INTENTS)
def about_each_subject(request: pytest.FixtureRequest) -> list[Answered]:
    """One intent, asked about nothing and about every subject."""
    named: list[tuple[str, ...]] = [(), *((subject,) for subject in TABLE.subjects)]
    return [Answered(request.param, one, ask(request.param, *one)) for one in named]


def test_an_answer_about_one_subject_has_120_words_at_most(about_each_subject: list[Answered]) -> None:
    assert [(a.intent, a.named) for a in about_each_subject if words(a.reply) > 120] == []


@pytest.mark.parametrize("named", GROUPS_OF_SUBJECTS, ids="-".join)
@pytest.mark.parametrize("intent", INTENTS)
def test_an_answer_about_several_subjects_has_250_words_at_most(intent: str, named: tuple[str, ...]) -> None:
    assert words(ask(intent, *named)) <= 250


def test_every_answer_has_facts_and_their_sources(about_each_subject: list[Answered]) -> None:
    for asked in about_each_subject:
        reply = asked.reply
        assert reply.kind in (Kind.ANSWER, Kind.DECLINE)
        assert reply.facts or NO_FACT in reply.text
        assert {source.id for source in reply.sources} == {s for fact in reply.facts for s in fact.sources}
        assert all(source.title in reply.text for source in reply.sources)


def test_only_what_the_table_has_nothing_on_is_declined(about_each_subject: list[Answered]) -> None:
    declined = {
        name for asked in about_each_subject if asked.reply.kind is Kind.DECLINE for name in asked.named
    }
    assert all(TABLE.subjects[name].kind is SubjectKind.GAP for name in declined)


def test_a_gap_gets_an_honest_no() -> None:
    reply = ask("ask_evidence", "turmeric", "leg_cramps")
    assert reply.kind is Kind.DECLINE
    assert reply.paragraphs[0] == "I have no reviewed fact on that for turmeric."


def test_whatever_an_answer_cites_it_says_once(about_each_subject: list[Answered]) -> None:
    for asked in about_each_subject:
        assert len(set(ids(asked.reply))) == len(asked.reply.facts)
        assert all(fact.statement in asked.reply.text for fact in asked.reply.facts)


def test_a_caution_always_goes_along(about_each_subject: list[Answered]) -> None:
    lacking = [(a.intent, a.named) for a in about_each_subject if cautions(a.reply) - set(ids(a.reply))]
    assert lacking == []


def test_buttons_are_few_short_and_lead_to_an_answer(about_each_subject: list[Answered]) -> None:
    allowed = Buttons.of([*INTENTS, "ask_more"], TABLE.subjects)
    for asked in about_each_subject:
        buttons = asked.reply.buttons
        assert len(buttons) <= 3
        assert all(0 < len(button.title) <= 20 for button in buttons)
        pressed = [admit(button.as_dict(), allowed) for button in buttons]
        assert pressed == [Admitted(button.payload) for button in buttons]


def test_a_button_never_leads_to_a_gap(about_each_subject: list[Answered]) -> None:
    payloads = {button.payload for asked in about_each_subject for button in asked.reply.buttons}
    for payload in payloads - {"/ask_more"}:
        intent, _, subject = payload[1:].rstrip('"}').partition('{"subject": "')
        assert NO_FACT not in ask(intent, subject).text


def test_a_button_does_not_ask_the_same_again(about_each_subject: list[Answered]) -> None:
    for asked in about_each_subject:
        assert not any(b.payload.startswith(f"/{asked.intent}{{") for b in asked.reply.buttons)


def test_more_goes_on_until_nothing_is_left_and_repeats_cautions_only(
    about_each_subject: list[Answered],
) -> None:
    for asked in about_each_subject[::7]:
        said = set(ids(asked.reply))
        for page in pages(asked.reply):
            assert said.intersection(ids(page)) <= cautions(page)
            assert cautions(page) <= set(ids(page)) | said
            assert words(page) <= 120
            said.update(ids(page))
        assert set(asked.reply.rest) <= said


def test_more_offers_itself_only_while_something_is_left() -> None:
    last = ask("ask_causes", "leg_cramps")
    assert "/ask_more" in [button.payload for button in last.buttons]
    for page in pages(last):
        assert [button.payload for button in page.buttons] == (["/ask_more"] if page.rest else [])


def test_more_of_nothing_says_so() -> None:
    reply = more(TABLE, [])
    assert (reply.text, reply.facts, reply.rest) == (NO_MORE, (), ())


def test_more_passes_over_facts_that_the_table_no_longer_has() -> None:
    assert ids(more(TABLE, ["gone-since", "magnesium-definition"])) == ["magnesium-definition"]


@pytest.mark.parametrize("cramp", [s.id for s in TABLE.subjects.values() if s.kind is SubjectKind.CRAMP])
@pytest.mark.parametrize("intent", INTENTS)
def test_the_safety_net_closes_whatever_is_said_of_cramps(intent: str, cramp: str) -> None:
    assert SAFETY_NET in ids(ask(intent, cramp))


@pytest.mark.parametrize("intent", ["ask_supplement", "ask_supplement_safety", "ask_intake"])
@pytest.mark.parametrize("subject", ["supplements", "magnesium", "vitamin_k2"])
def test_the_safety_net_closes_whatever_is_said_of_supplements(intent: str, subject: str) -> None:
    assert ask(intent, subject).paragraphs[-1] == TABLE.facts[SAFETY_NET].statement


def test_the_safety_net_is_not_dragged_into_questions_on_food() -> None:
    assert SAFETY_NET not in ids(ask("ask_food_sources", "magnesium"))


@pytest.mark.parametrize(
    ("intent", "subject"),
    [("ask_tests", "quinine"), ("ask_duration", "magnesium"), ("ask_intake", "quinine")],
)
def test_what_the_table_lacks_is_said_before_what_it_has(intent: str, subject: str) -> None:
    reply = ask(intent, subject)
    assert reply.paragraphs[0].startswith(f"{NO_FACT} ")
    assert TABLE.subjects[subject].name in reply.paragraphs[0]


def test_what_the_table_has_is_said_without_apology() -> None:
    assert NO_FACT not in ask("ask_definition", "magnesium").text


def test_a_lack_about_one_of_two_subjects_is_said_of_that_one_only() -> None:
    text = ask("ask_intake", "magnesium", "quinine").text
    assert f"{NO_FACT} exactly that for quinine." in text
    assert text.count(NO_FACT) == 1


@pytest.mark.parametrize("food", ["banana", "spinach", "avocado"])
@pytest.mark.parametrize("intent", ["ask_food_sources", "ask_definition", "inform_subject"])
def test_a_food_is_answered_by_what_nutrients_say_of_it(intent: str, food: str) -> None:
    reply = ask(intent, food)
    assert {f.attribute for f in reply.facts} >= {Attribute.FOOD_SOURCES}
    assert {TABLE.subjects[f.subject].kind for f in reply.facts} >= {SubjectKind.NUTRIENT}
    assert TABLE.subjects[food].name in reply.text.lower()


def test_a_fact_that_answers_for_both_named_subjects_comes_first() -> None:
    first = ask("ask_food_sources", "magnesium", "spinach").facts[0]
    assert first in TABLE.about("magnesium", [Attribute.FOOD_SOURCES])
    assert first in TABLE.about("spinach", [Attribute.FOOD_SOURCES])


def test_compared_subjects_stand_side_by_side_each_under_its_name() -> None:
    first, second, *_ = ask("ask_comparison", "magnesium", "potassium").paragraphs
    assert first.startswith("Magnesium: ")
    assert second.startswith("Potassium: ")


def test_compared_subjects_are_compared_on_what_both_have() -> None:
    named = ("magnesium", "bedtime_stretching")
    common = set.intersection(*(set(TABLE.attributes_of(one)) for one in named))
    lines = ask("ask_comparison", *named).paragraphs[:2]
    said = [f for f in TABLE.facts.values() if any(f.statement in line for line in lines)]
    assert said
    assert {fact.attribute for fact in said} <= common


def test_cramps_give_way_to_what_is_named_with_them() -> None:
    assert ids(ask("ask_evidence", "leg_cramps", "magnesium")) == ids(ask("ask_evidence", "magnesium"))


def test_what_is_said_of_a_remedy_among_the_facts_on_cramps_goes_along() -> None:
    said = ids(ask("ask_evidence", "leg_cramps", "stretching"))
    assert said[0].startswith("stretching-evidence")
    assert "leg-cramps-evidence-stretching" in said


def test_any_cramp_gives_way_to_the_kind_that_is_named() -> None:
    narrow = ask("ask_prevalence", ANY_CRAMP, "night_cramps")
    assert ids(narrow) == ids(ask("ask_prevalence", "night_cramps"))


def test_what_is_named_in_passing_gives_way_where_nothing_is_known_of_it() -> None:
    assert ids(ask("ask_food_sources", "older_adults", "magnesium")) == ids(
        ask("ask_food_sources", "magnesium")
    )


def test_no_more_than_three_subjects_are_answered_at_once() -> None:
    four = ask("ask_role", "magnesium", "potassium", "calcium", "sodium")
    assert {fact.subject for fact in four.facts if fact.attribute is Attribute.ROLE} == {
        "magnesium",
        "potassium",
        "calcium",
    }


def test_a_subject_that_did_not_come_up_waits_for_more() -> None:
    four = ask("ask_role", "magnesium", "potassium", "calcium", "sodium")
    assert {f.id for f in TABLE.about("sodium", [Attribute.ROLE])} <= set(four.rest)


def test_several_questions_each_get_a_paragraph_in_order_and_stay_short() -> None:
    asked = [
        Asked("ask_duration", ["leg_cramps"]),
        Asked("ask_food_sources", ["potassium"]),
        Asked("ask_relief"),
    ]
    reply = answer(TABLE, QUESTIONS, asked)
    of_each = [Attribute.DURATION, Attribute.FOOD_SOURCES, Attribute.RELIEF]
    for paragraph, attribute in zip(reply.paragraphs, of_each, strict=False):
        assert any(f.attribute is attribute and f.statement in paragraph for f in reply.facts)
    assert words(reply) <= 250
    assert len(set(ids(reply))) == len(ids(reply))
    assert reply.paragraphs[-1] == TABLE.facts[SAFETY_NET].statement


def test_each_of_several_questions_gets_a_fact_however_long_the_others_are() -> None:
    intents = [i for i in INTENTS if not QUESTIONS[i].needs_subject]
    for first, second, third in zip(intents, intents[1:], intents[2:], strict=False):
        reply = answer(TABLE, QUESTIONS, [Asked(first), Asked(second), Asked(third)])
        for intent in (first, second, third):
            assert set(ids(reply)) & set(ids(ask(intent))), (first, second, third)


def test_sources_are_shown_with_publisher_and_link_and_date() -> None:
    text = show_sources(TABLE, ["magnesium-definition"]).text
    for id_ in TABLE.facts["magnesium-definition"].sources:
        source = TABLE.sources[id_]
        assert f"- {source.title} ({source.publisher})" in text
        assert source.url is None or source.url in text
    assert f"Last checked on {TABLE.facts['magnesium-definition'].reviewed}. {NOT_REVIEWED}" in text


def test_an_unknown_subject_is_an_error() -> None:
    with pytest.raises(KeyError):
        ask("ask_role", "moonlight")


def test_where_one_of_two_questions_may_be_meant_both_are_answered() -> None:
    reply = answer(TABLE, QUESTIONS, [Asked("ask_deficiency_causes", ["sodium"], perhaps="ask_causes")])
    told = {fact.attribute for fact in reply.facts if fact.subject == "sodium"}
    assert {Attribute.DEFICIENCY_CAUSES, Attribute.ROLE_IN_CRAMPS} <= told
    assert words(reply) <= 120


def test_a_question_in_doubt_is_answered_where_only_the_other_has_facts() -> None:
    reply = answer(TABLE, QUESTIONS, [Asked("ask_intake", ["massage"], perhaps="ask_relief")])
    assert {fact.attribute for fact in reply.facts if fact.subject == "massage"} == {Attribute.RELIEF}
    assert NO_FACT not in reply.text


def test_a_cramp_and_what_looks_like_it_are_told_apart() -> None:
    assert "strain-distinguish" in ids(ask("ask_comparison", "strain", "leg_cramps"))


def test_a_lack_of_a_nutrient_is_tested_like_any_lack() -> None:
    assert "nutrient-lack-tests" in ids(ask("ask_tests", "magnesium"))


def test_a_remedy_named_is_not_passed_over_for_cramps_in_general() -> None:
    reply = ask("ask_prevention", "heat", "leg_cramps")
    assert {fact.subject for fact in reply.facts} >= {"heat"}
    assert reply.paragraphs[0].startswith(NO_FACT)


def test_potassium_pills_are_potassium_and_no_medicine() -> None:
    assert ask("ask_intake", "potassium", "medicines").text == ask("ask_intake", "potassium").text
