"""The actions: a tracker in, messages and slots out. The facts are those of the trained model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import MEMORY, AnswerQuestion, ShowSources, StartAgain, TellMore
from charley.answers.compose import NO_MORE, NOT_REVIEWED
from charley.facts import Attribute
from charley.knowledge import knowledge_at_hand as knowledge

Slots = dict[str, Any]
Message = dict[str, Any]


def heard(
    intent: str,
    subjects: Sequence[str] = (),
    text: str = "some words",
    slots: Slots | None = None,
    level: str = "none",
) -> Tracker:
    """The tracker after a message of this intent about these subjects."""
    message = {
        "text": text,
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": [{"entity": "subject", "value": subject} for subject in subjects],
    }
    events = [{"event": "user", "parse_data": {"care": {"level": level, "ok": True}}}]
    memory = {**dict.fromkeys(MEMORY), **(slots or {})}
    return Tracker("someone", memory, message, events, False, None, {}, "action_listen")


def run(action: Action, tracker: Tracker) -> tuple[Message, Slots]:
    """The one message that the action utters, and the slots that it sets."""
    dispatcher = CollectingDispatcher()
    events = action.run(dispatcher, tracker, {})
    (message,) = dispatcher.messages
    return message, {event["name"]: event["value"] for event in events}


def subjects_of(message: Message) -> set[str]:
    return {knowledge().table.facts[id_].subject for id_ in message["metadata"]["fact_ids"]}


def test_a_question_is_answered_about_the_subject_named() -> None:
    message, slots = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"]))
    assert "magnesium" in subjects_of(message)
    assert slots["last_subjects"] == ["magnesium"]
    assert slots["last_question"] == "ask_food_sources"


def test_an_answer_carries_the_contract_and_remembers_what_it_said() -> None:
    message, slots = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"]))
    metadata = message["metadata"]
    assert metadata["kind"] == "answer"
    assert metadata["care_level"] == "none"
    assert slots["last_facts"] == metadata["fact_ids"] != []
    wanted = {
        s.id for s in knowledge().table.sources_of([knowledge().table.facts[i] for i in metadata["fact_ids"]])
    }
    assert {source["id"] for source in metadata["sources"]} == wanted
    assert all(set(source) == {"id", "title", "url"} for source in metadata["sources"])


def test_and_potassium_asks_the_last_question_again_about_potassium() -> None:
    _, slots = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"]))
    message, slots = run(AnswerQuestion(), heard("inform_subject", ["potassium"], "and potassium?", slots))
    expected, _ = run(AnswerQuestion(), heard("ask_food_sources", ["potassium"]))
    assert message["text"] == expected["text"]
    assert slots["last_question"] == "ask_food_sources"


def test_a_subject_named_first_of_all_is_told_about_and_is_no_question_to_repeat() -> None:
    message, slots = run(AnswerQuestion(), heard("inform_subject", ["potassium"], "potassium"))
    assert subjects_of(message) >= {"potassium"}
    assert slots["last_question"] is None


def test_a_question_that_names_nothing_is_about_the_last_subject() -> None:
    _, slots = run(AnswerQuestion(), heard("ask_role", ["magnesium"]))
    message, _ = run(AnswerQuestion(), heard("ask_food_sources", text="which foods have it?", slots=slots))
    expected, _ = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"]))
    assert message["text"] == expected["text"]


def test_a_last_subject_without_such_facts_is_let_go() -> None:
    slots = {"last_subjects": ["statins"], "last_question": "ask_medication"}
    message, _ = run(AnswerQuestion(), heard("ask_relief", text="how do i stop one", slots=slots))
    expected, _ = run(AnswerQuestion(), heard("ask_relief"))
    assert message["text"] == expected["text"]


def test_a_subject_that_the_model_does_not_know_is_passed_over() -> None:
    message, _ = run(AnswerQuestion(), heard("ask_relief", ["unobtainium"]))
    expected, _ = run(AnswerQuestion(), heard("ask_relief"))
    assert message["text"] == expected["text"]


def test_source_names_the_sources_of_the_last_answer() -> None:
    answered, slots = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"]))
    message, changed = run(ShowSources(), heard("ask_sources", text="source?", slots=slots))
    titles = [source["title"] for source in answered["metadata"]["sources"]]
    assert all(title in message["text"] for title in titles)
    assert NOT_REVIEWED in message["text"]
    assert message["metadata"]["fact_ids"] == answered["metadata"]["fact_ids"]
    assert changed == {}, "'more' must still go on with the answer before"


def test_source_before_any_answer_tells_what_charley_rests_on() -> None:
    message, slots = run(ShowSources(), heard("ask_sources"))
    assert {knowledge().table.facts[id_].attribute.value for id_ in slots["last_facts"]} >= {"about"}
    assert message["metadata"]["kind"] == "answer"


@pytest.mark.parametrize(
    ("intent", "subjects"),
    [("ask_causes", []), ("ask_relief", []), ("ask_evidence", []), ("ask_deficiency_causes", ["potassium"])],
)
def test_more_goes_on_to_the_end_and_says_nothing_new_twice(intent: str, subjects: list[str]) -> None:
    message, slots = run(AnswerQuestion(), heard(intent, subjects))
    waiting = slots["remaining_facts"]
    assert waiting, "the case must leave something for 'more'"
    told: list[str] = []
    for _ in waiting:  # each turn tells one fact at least
        message, changed = run(TellMore(), heard("ask_more", slots=slots))
        told += [id_ for id_ in message["metadata"]["fact_ids"] if id_ in waiting]
        slots = {**slots, **changed}
        if not slots["remaining_facts"]:
            break
    assert sorted(told) == sorted(waiting)
    message, _ = run(TellMore(), heard("ask_more", slots=slots))
    assert message["text"] == NO_MORE


def test_more_before_any_answer_says_that_there_is_no_more() -> None:
    message, _ = run(TellMore(), heard("ask_more"))
    assert message["text"] == NO_MORE


def test_starting_again_forgets_what_the_talk_was_about() -> None:
    message, slots = run(StartAgain(), heard("start_again", slots={"last_subjects": ["magnesium"]}))
    assert message["response"] == "utter_started_again"
    assert slots == dict.fromkeys(MEMORY)


@pytest.mark.parametrize("intent", ["ask_relief", "report_symptom"])
@pytest.mark.parametrize("level", ["urgent_same_day", "emergency", "crisis"])
def test_relief_is_withheld_once_someone_should_be_seen_today(intent: str, level: str) -> None:
    message, slots = run(AnswerQuestion(), heard(intent, ["leg_cramps"], level=level))
    assert message["response"] == "utter_care_withheld"
    assert slots == {}


@pytest.mark.parametrize("subject", ["massage", "heat", "stretching"])
@pytest.mark.parametrize("intent", ["inform_subject", "ask_when_to_see_someone", "ask_supplement_safety"])
def test_a_way_of_treating_the_leg_is_not_talked_of_however_it_is_asked_about(
    intent: str, subject: str
) -> None:
    message, _ = run(AnswerQuestion(), heard(intent, [subject], level="urgent_same_day"))
    assert message["response"] == "utter_care_withheld"


def test_no_other_question_lets_relief_slip_through() -> None:
    message, _ = run(AnswerQuestion(), heard("inform_subject", ["night_cramps"], level="urgent_same_day"))
    table = knowledge().table
    assert not [f for f in message["metadata"]["fact_ids"] if table.facts[f].attribute is Attribute.RELIEF]


def test_more_does_not_go_on_with_relief_once_someone_should_be_seen_today() -> None:
    left = [fact.id for fact in knowledge().table.about("massage", [Attribute.RELIEF])]
    message, _ = run(TellMore(), heard("ask_more", slots={"remaining_facts": left}, level="urgent_same_day"))
    assert message["metadata"]["fact_ids"] == []


@pytest.mark.parametrize("level", ["none", "see_doctor"])
def test_relief_is_told_below_that(level: str) -> None:
    message, _ = run(AnswerQuestion(), heard("ask_relief", ["leg_cramps"], level=level))
    assert message["metadata"]["kind"] == "answer"
    assert message["metadata"]["care_level"] == level


def test_other_questions_are_answered_at_any_level() -> None:
    message, _ = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"], level="emergency"))
    assert message["metadata"]["kind"] == "answer"
    assert message["metadata"]["care_level"] == "emergency"


@pytest.mark.parametrize("text", ["what does it do", "what are those", "tell me what this does"])
def test_a_question_that_refers_back_to_nothing_is_asked_which_subject(text: str) -> None:
    message, _ = run(AnswerQuestion(), heard("ask_role", text=text))
    assert message["response"] == "utter_which_subject"


@pytest.mark.parametrize("text", ["what does chromium do", "benefits of kefir"])
def test_a_question_on_something_unknown_gets_no_fact(text: str) -> None:
    message, _ = run(AnswerQuestion(), heard("ask_role", text=text))
    assert message["response"] == "utter_no_fact"


@pytest.mark.parametrize("intent", ["ask_relief", "ask_causes", "report_symptom", "inform_subject"])
def test_cramps_elsewhere_are_declined(intent: str) -> None:
    message, _ = run(AnswerQuestion(), heard(intent, ["other_cramps"]))
    assert message["response"] == "utter_decline_other_cramps"


def test_an_intent_that_is_no_question_is_not_understood() -> None:
    message, slots = run(AnswerQuestion(), heard("greet"))
    assert message["response"] == "utter_not_understood"
    assert slots == {}


def heard_several(*asked: tuple[str, Sequence[str], str], slots: Slots | None = None) -> Tracker:
    """The tracker after a message that asks several things: intent, subjects and words of each part."""
    text, parts = "", []
    for intent, subjects, words in asked:
        start, text = len(text), f"{text}{words} "
        parts.append(
            {
                "intent": intent,
                "confidence": 0.9,
                "subjects": list(subjects),
                "start": start,
                "end": len(text) - 1,
            }
        )
    tracker = heard(asked[0][0], [s for _, subjects, _ in asked for s in subjects], text, slots)
    tracker.latest_message["questions"] = parts
    return tracker


def with_roles(tracker: Tracker, **roles: str) -> Tracker:
    """The tracker where the latest message gives its subjects these roles."""
    for entity in tracker.latest_message["entities"]:
        if entity["value"] in roles:
            entity["role"] = roles[entity["value"]]
    return tracker


def test_several_questions_are_answered_in_order_in_one_message() -> None:
    message, slots = run(
        AnswerQuestion(),
        heard_several(
            ("ask_duration", ["leg_cramps"], "how long do cramps last"),
            ("ask_food_sources", ["potassium"], "and what has potassium"),
        ),
    )
    attributes = [knowledge().table.facts[id_].attribute for id_ in message["metadata"]["fact_ids"]]
    assert attributes.index(Attribute.DURATION) < attributes.index(Attribute.FOOD_SOURCES)
    assert (slots["last_question"], slots["last_subjects"]) == ("ask_food_sources", ["potassium"])


def test_a_later_question_may_be_about_what_an_earlier_one_named() -> None:
    message, _ = run(
        AnswerQuestion(),
        heard_several(
            ("ask_definition", ["magnesium"], "what is magnesium"),
            ("ask_food_sources", [], "and which foods have it"),
        ),
    )
    said = [knowledge().table.facts[id_] for id_ in message["metadata"]["fact_ids"]]
    assert {f.attribute for f in said if f.subject == "magnesium"} >= {
        Attribute.DEFINITION,
        Attribute.FOOD_SOURCES,
    }


def test_too_much_is_read_in_its_own_part_only() -> None:
    tracker = heard_several(
        ("ask_deficiency_signs", ["magnesium"], "signs of low magnesium"),
        ("ask_deficiency_signs", ["potassium"], "and of too much potassium"),
    )
    message, _ = run(AnswerQuestion(), with_roles(tracker, magnesium="lack", potassium="excess"))
    said = [knowledge().table.facts[id_] for id_ in message["metadata"]["fact_ids"]]
    assert {(f.subject, f.attribute) for f in said} >= {
        ("magnesium", Attribute.DEFICIENCY_SIGNS),
        ("potassium", Attribute.SAFETY),
    }


@pytest.mark.parametrize("role", ["excess", "less"])
def test_of_two_subjects_each_is_answered_in_its_role(role: str) -> None:
    tracker = heard("ask_supplement", ["calcium", "magnesium"], "less calcium but more magnesium?")
    message, slots = run(AnswerQuestion(), with_roles(tracker, calcium=role, magnesium="more"))
    said = [knowledge().table.facts[id_] for id_ in message["metadata"]["fact_ids"]]
    assert {f.attribute for f in said if f.subject == "calcium"} == {Attribute.SAFETY}
    assert Attribute.SUPPLEMENT in {f.attribute for f in said if f.subject == "magnesium"}
    assert slots["last_question"] == "ask_supplement"


def test_subjects_without_a_role_are_answered_together() -> None:
    message, slots = run(AnswerQuestion(), heard("ask_food_sources", ["calcium", "magnesium"]))
    assert subjects_of(message) >= {"calcium", "magnesium"}
    assert slots["last_subjects"] == ["calcium", "magnesium"]


def test_foods_without_a_thing_are_not_answered_with_foods_full_of_it() -> None:
    tracker = heard("ask_food_sources", ["potassium"], "foods low in potassium")
    message, _ = run(AnswerQuestion(), with_roles(tracker, potassium="less"))
    said = [knowledge().table.facts[id_] for id_ in message["metadata"]["fact_ids"]]
    assert Attribute.FOOD_SOURCES not in {f.attribute for f in said}


def test_what_is_not_our_matter_is_declined_beside_the_answer() -> None:
    dispatcher = CollectingDispatcher()
    tracker = heard_several(
        ("out_of_scope", [], "who won the match"), ("ask_duration", ["leg_cramps"], "how long do cramps last")
    )
    AnswerQuestion().run(dispatcher, tracker, {})
    answered, declined = dispatcher.messages
    assert answered["metadata"]["fact_ids"]
    assert declined["response"] == "utter_decline"


@pytest.mark.parametrize(("sure", "both"), [(0.5, True), (0.9, False)])
def test_the_next_question_is_answered_too_where_the_first_is_in_doubt(sure: float, both: bool) -> None:
    tracker = heard("ask_deficiency_causes", ["sodium"])
    tracker.latest_message["intent_ranking"] = [
        {"name": "ask_deficiency_causes", "confidence": sure},
        {"name": "ask_causes", "confidence": 0.3},
    ]
    message, slots = run(AnswerQuestion(), tracker)
    told = {knowledge().table.facts[id_].attribute for id_ in message["metadata"]["fact_ids"]}
    assert (Attribute.ROLE_IN_CRAMPS in told) is both
    assert slots["last_question"] == "ask_deficiency_causes"


def test_relief_is_no_second_guess_where_it_is_withheld() -> None:
    tracker = heard("ask_duration", level="emergency")
    tracker.latest_message["intent_ranking"] = [
        {"name": "ask_duration", "confidence": 0.5},
        {"name": "ask_relief", "confidence": 0.4},
    ]
    message, _ = run(AnswerQuestion(), tracker)
    told = {knowledge().table.facts[id_].attribute for id_ in message["metadata"]["fact_ids"]}
    assert Attribute.RELIEF not in told


# ── What a message leaves out ─────────────────────────────────────────────────────────────────


def after(intent: str, subjects: Sequence[str]) -> Slots:
    _, slots = run(AnswerQuestion(), heard(intent, subjects))
    return slots


def test_a_group_alone_asks_the_last_question_again_for_it() -> None:
    slots = after("ask_intake", ["potassium"])
    message, _ = run(AnswerQuestion(), heard("ask_special_group", [], "and if she is breastfeeding?", slots))
    assert subjects_of(message) >= {"potassium"}
    attributes = {knowledge().table.facts[id_].attribute for id_ in message["metadata"]["fact_ids"]}
    assert Attribute.INTAKE in attributes


def test_whether_a_group_may_have_it_is_a_question_on_safety() -> None:
    slots = after("ask_evidence", ["quinine"])
    text = "can pregnant women have it"
    message, _ = run(AnswerQuestion(), heard("ask_special_group", ["pregnancy"], text, slots))
    assert "pregnancy-quinine" in message["metadata"]["fact_ids"]


def test_a_subject_named_in_passing_does_not_replace_what_the_talk_is_about() -> None:
    slots = after("ask_intake", ["vitamin_d"])
    text = "what amount for my granny"
    message, _ = run(AnswerQuestion(), heard("ask_intake", ["older_adults"], text, slots))
    assert "vitamin_d" in subjects_of(message)


@pytest.mark.parametrize(("sure", "answered"), [(0.5, "ask_look_alikes"), (0.99, "ask_deficiency_signs")])
def test_a_doubtful_question_gives_way_to_one_that_fits_the_talk(sure: float, answered: str) -> None:
    slots = after("ask_look_alikes", ["artery_narrowing"])
    tracker = heard("ask_deficiency_signs", [], "any other clues", slots)
    tracker.latest_message["intent_ranking"] = [
        {"name": "ask_deficiency_signs", "confidence": sure},
        {"name": "ask_look_alikes", "confidence": min(0.14, 1 - sure)},
    ]
    _, slots = run(AnswerQuestion(), tracker)
    assert slots["last_question"] == answered


def test_what_is_known_of_an_earlier_subject_is_no_answer_on_the_one_asked_about_last() -> None:
    slots = after("ask_food_sources", ["potassium"])
    _, changed = run(AnswerQuestion(), heard("ask_food_sources", ["magnesium"], slots=slots))
    slots |= changed
    message, _ = run(AnswerQuestion(), heard("ask_prevalence", [], "how common are these anyway", slots))
    assert "potassium" not in subjects_of(message)


def test_both_are_answered_where_what_is_asked_on_is_in_doubt() -> None:
    slots = after("ask_intake", ["magnesium"])
    tracker = heard("ask_food_sources", [], "does my dinner count", slots)
    tracker.latest_message["intent_ranking"] = [
        {"name": "ask_food_sources", "confidence": 0.8},
        {"name": "ask_intake", "confidence": 0.12},
    ]
    message, _ = run(AnswerQuestion(), tracker)
    facts = knowledge().table.facts
    assert {"food_sources", "intake"} <= {
        facts[id_].attribute.value for id_ in message["metadata"]["fact_ids"]
    }


def test_cramps_named_beside_a_remedy_asked_on_are_what_it_is_to_help_against() -> None:
    slots = after("ask_definition", ["vitamin_k2"])
    message, _ = run(
        AnswerQuestion(), heard("ask_evidence", ["night_cramps"], "any use for cramp at night", slots)
    )
    assert "vitamin_k2" in subjects_of(message)


def test_they_after_a_mineral_are_the_cramps() -> None:
    slots = after("ask_causes", ["magnesium"])
    message, _ = run(AnswerQuestion(), heard("ask_prevention", [], "what stops them coming", slots))
    assert "magnesium" not in subjects_of(message)


def test_a_talk_stays_with_what_it_is_about_over_an_answer_in_general() -> None:
    slots = after("ask_deficiency_signs", ["dehydration"])
    _, changed = run(AnswerQuestion(), heard("ask_relief", [], "what helps right now", slots))
    message, _ = run(
        AnswerQuestion(), heard("ask_deficiency_signs", [], "how would i notice", slots | changed)
    )
    assert "dehydration" in subjects_of(message)


def test_a_remedy_of_which_the_last_question_tells_nothing_is_told_of() -> None:
    slots = after("ask_when_to_see_someone", ["leg_cramps"])
    message, _ = run(
        AnswerQuestion(), heard("inform_subject", ["foam_roller"], "mate says foam roller", slots)
    )
    assert "foam_roller" in subjects_of(message)


def test_what_is_asked_of_a_thing_named_right_after_is_asked_of_it() -> None:
    tracker = heard("ask_evidence", ["statins"], "what do studies say, do statins cause cramps")
    tracker.latest_message["questions"] = [
        {"intent": "ask_evidence", "subjects": [], "start": 0, "end": 20},
        {"intent": "ask_medication", "subjects": ["statins"], "start": 22, "end": 45},
    ]
    message, _ = run(AnswerQuestion(), tracker)
    assert "statins-evidence" in message["metadata"]["fact_ids"]


def test_who_is_sent_to_care_may_ask_on_about_what_they_told() -> None:
    tracker = heard("ask_medication", [], "should i come off it")
    told = {
        "care": {"level": "urgent_same_day", "ok": True},
        "entities": [{"entity": "subject", "value": "statins"}],
    }
    tracker.events[:0] = [
        {"event": "user", "parse_data": told},
        {"event": "bot", "metadata": {"kind": "care"}},
    ]
    message, _ = run(AnswerQuestion(), tracker)
    assert "statins" in subjects_of(message)


def test_what_is_asked_of_it_with_ones_tablets_is_asked_of_it() -> None:
    slots = after("inform_subject", ["salt_water"])
    text = "is that safe with blood pressure tablets"
    message, _ = run(AnswerQuestion(), heard("ask_supplement_safety", ["medicines"], text, slots))
    assert "salt-water-hydration" in message["metadata"]["fact_ids"]


def test_of_a_condition_with_no_such_fact_no_other_is_told() -> None:
    slots = after("ask_definition", ["tetany"])
    message, _ = run(AnswerQuestion(), heard("ask_prevalence", [], "who gets it", slots))
    assert message["text"].startswith("I have no reviewed fact on exactly that for tetany")
