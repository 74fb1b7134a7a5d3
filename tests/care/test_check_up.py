"""The check-up: its questions, how answers are read, and the summary that it ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from charley.care.check_up import Answer, CheckUpError, CheckUpPlan, load_check_up, read_answer, summary
from charley.care.levels import CareLevel

FILE = Path(__file__).parents[2] / "data" / "care" / "check_up.yml"
SMALL: dict[str, Any] = {
    "questions": [
        {
            "id": "signs",
            "text": "Do you have any of these?",
            "multiple": True,
            "none": "None of these",
            "none_says": "You have none of the signs.",
            "unread": "urgent_same_day",
            "options": [
                {
                    "value": "chest",
                    "title": "Chest pain",
                    "says": "You have chest pain.",
                    "level": "emergency",
                },
                {
                    "value": "red_leg",
                    "title": "A red leg",
                    "says": "A leg is red.",
                    "level": "urgent_same_day",
                    "cautions": ["clot"],
                    "words": ["redness"],
                },
                {
                    "value": "tablets",
                    "title": "Tablets",
                    "says": "You take tablets.",
                    "cautions": ["clot", "pills"],
                },
            ],
        },
        {
            "id": "how_bad",
            "text": "How bad is it?",
            "options": [
                {"value": "mild", "title": "Mild", "says": "It is mild.", "words": ["can't complain"]},
                {"value": "strong", "title": "Strong", "says": "It is strong.", "level": "see_doctor"},
            ],
        },
    ],
    "ask_the_doctor": ["What could it be?", "Do I need a test?"],
}


@pytest.fixture(scope="module")
def small() -> CheckUpPlan:
    return CheckUpPlan.parse_obj(SMALL)


@pytest.fixture(scope="module")
def plan() -> CheckUpPlan:
    """The project's own check-up."""
    return load_check_up(FILE)


def read(plan: CheckUpPlan, question: str, given: str | list[str]) -> Answer | None:
    (asked,) = [q for q in plan.questions if q.id == question]
    return read_answer(given, asked.metadata()["check_up"])


def chosen(plan: CheckUpPlan, question: str, given: str | list[str]) -> tuple[str, ...] | None:
    answer = read(plan, question, given)
    return None if answer is None else answer.values


# ── Typed answers ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1", ("chest",)),
        (" 2. ", ("red_leg",)),
        ("number 2", ("red_leg",)),
        ("1, 3", ("chest", "tablets")),
        ("1 and 3", ("chest", "tablets")),
        ("3 1", ("chest", "tablets")),
        ("options 2 & 3", ("red_leg", "tablets")),
        ("2, 2", ("red_leg",)),
        ("two", ("red_leg",)),
        ("the second", ("red_leg",)),
        ("first and third", ("chest", "tablets")),
        ("the last", ("tablets",)),
        ("the first one", ("chest",)),
        ("the second one", ("red_leg",)),
        ("the last one", ("tablets",)),
        ("I pick the 3", ("tablets",)),
    ],
)
def test_numbers_and_ordinals_choose(small: CheckUpPlan, text: str, values: tuple[str, ...]) -> None:
    assert chosen(small, "signs", text) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("chest pain", ("chest",)),
        ("CHEST PAIN!", ("chest",)),
        ("i have chest pain and a red leg", ("chest", "red_leg")),
        ("some redness", ("red_leg",)),
        ("tablets, every day", ("tablets",)),
    ],
)
def test_titles_and_other_words_choose(small: CheckUpPlan, text: str, values: tuple[str, ...]) -> None:
    assert chosen(small, "signs", text) == values


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "None of these",
        "no",
        "nope",
        "0",
        "neither",
        "nothing like that",
        "not really",
        "no i don't",
        "none, thanks",
    ],
)
def test_none_chooses_nothing(small: CheckUpPlan, text: str) -> None:
    assert read(small, "signs", text) == Answer((), CareLevel.NONE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???",
        "banana",
        "yes",
        "4",
        "12",
        "0, 1",
        "-",
        "all sorts",
        "\U0001f9b5",
        "1st of may",
        "tabletsome",
    ],
)
def test_what_is_no_answer_can_not_be_read(small: CheckUpPlan, text: str) -> None:
    assert read(small, "signs", text) is None


@pytest.mark.parametrize(
    "text",
    ["no chest pain", "not chest pain", "i never had chest pain", "no, but a red leg", "none but chest pain"],
)
def test_an_option_named_along_with_a_no_is_neither_chosen_nor_denied(small: CheckUpPlan, text: str) -> None:
    assert read(small, "signs", text) is None


def test_a_whole_story_is_no_answer(small: CheckUpPlan) -> None:
    assert (
        read(small, "signs", "well it began when i was in the shop and then chest pain came and went away")
        is None
    )


@pytest.mark.parametrize("text", ["none", "no", "0", "nothing"])
def test_where_none_is_no_choice_it_can_not_be_read(small: CheckUpPlan, text: str) -> None:
    assert read(small, "how_bad", text) is None


@pytest.mark.parametrize("text", ["1 and 2", "mild, strong", "both: mild and strong"])
def test_two_answers_where_one_is_asked_can_not_be_read(small: CheckUpPlan, text: str) -> None:
    assert read(small, "how_bad", text) is None


@pytest.mark.parametrize("text", ["can't complain", "can\u2019t complain", "CAN'T COMPLAIN"])
def test_an_apostrophe_is_read_however_it_is_typed(small: CheckUpPlan, text: str) -> None:
    assert chosen(small, "how_bad", text) == ("mild",)


def test_the_gravest_choice_makes_the_level_and_each_caution_stands_once(small: CheckUpPlan) -> None:
    assert read(small, "signs", "2, 3") == Answer(
        ("red_leg", "tablets"), CareLevel.URGENT_SAME_DAY, ("clot", "pills")
    )
    assert read(small, "signs", "3") == Answer(("tablets",), CareLevel.NONE, ("clot", "pills"))


# ── Pressed answers ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (["chest"], ("chest",)),
        (["tablets", "chest"], ("chest", "tablets")),
        (["chest", "chest"], ("chest",)),
        ([], ()),
    ],
)
def test_values_of_a_payload_choose(small: CheckUpPlan, given: list[str], values: tuple[str, ...]) -> None:
    assert chosen(small, "signs", given) == values


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("signs", ["moonlight"]),
        ("signs", ["chest", "moonlight"]),
        ("signs", ["Chest pain"]),
        ("how_bad", []),
        ("how_bad", ["mild", "strong"]),
        ("how_bad", ["chest"]),
    ],
)
def test_values_that_do_not_answer_the_question_can_not_be_read(
    small: CheckUpPlan, question: str, given: list[str]
) -> None:
    assert read(small, question, given) is None


# ── The plan ──────────────────────────────────────────────────────────────────────────────────


def test_the_values_are_those_of_all_questions(small: CheckUpPlan) -> None:
    assert small.values() == {"chest", "red_leg", "tablets", "mild", "strong"}


def test_a_question_is_asked_with_its_choices_numbered(small: CheckUpPlan) -> None:
    [first] = small.responses()["utter_check_up_signs"]
    assert first["text"].splitlines() == [
        "Do you have any of these?",
        "1. Chest pain",
        "2. A red leg",
        "3. Tablets",
        "0. None of these",
        "Choose all that fit, or type the numbers.",
    ]
    assert small.responses()["utter_check_up_how_bad"][0]["text"].endswith("Choose one, or type its number.")


def test_a_channel_is_told_the_choices_and_how_many_may_be_chosen(small: CheckUpPlan) -> None:
    metadata = small.questions[0].metadata()
    assert metadata["kind"] == "clarify"
    assert metadata["choices"]["multiple"] is True
    assert metadata["choices"]["none"] == "None of these"
    assert metadata["choices"]["options"][0] == {"title": "Chest pain", "value": "chest"}


def test_the_metadata_is_plain_data(small: CheckUpPlan) -> None:
    assert yaml.safe_load(yaml.safe_dump(small.responses())) == small.responses()


def changed(**change: Any) -> dict[str, Any]:
    return {**SMALL, "questions": [{**SMALL["questions"][0], **change}]}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (changed(id="Not An Id"), "questions.0.id"),
        (changed(options=SMALL["questions"][0]["options"][:1]), "questions.0.options"),
        (changed(none_says=""), "questions.0.none_says"),
        (changed(unread="soon"), "questions.0.unread"),
        (changed(colour="red"), "questions.0.colour"),
        (
            changed(options=[{"value": "a", "title": "x" * 61, "says": "b"}] * 2),
            "questions.0.options.0.title",
        ),
        ({**SMALL, "questions": []}, "questions"),
        ({"questions": SMALL["questions"]}, "ask_the_doctor"),
    ],
)
def test_a_bad_file_is_reported_with_its_place(tmp_path: Path, content: Any, place: str) -> None:
    path = tmp_path / "check_up.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(CheckUpError) as caught:
        load_check_up(path)
    assert f"check_up.yml, {place}: " in str(caught.value)


@pytest.mark.parametrize("content", ["", "- a list", "questions: [", "just words"])
def test_a_file_that_holds_no_questions_is_reported_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "check_up.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CheckUpError, match=r"check_up\.yml"):
        load_check_up(path)


def test_a_missing_file_is_reported_by_name(tmp_path: Path) -> None:
    with pytest.raises(CheckUpError, match=r"check_up\.yml"):
        load_check_up(tmp_path / "check_up.yml")


# ── The summary ───────────────────────────────────────────────────────────────────────────────


def test_the_summary_tells_what_was_said_and_what_to_ask(small: CheckUpPlan) -> None:
    answers = {
        "how_bad": Answer(("strong",), CareLevel.SEE_DOCTOR),
        "signs": Answer(("chest", "tablets"), CareLevel.EMERGENCY),
    }
    assert summary(small, answers).splitlines() == [
        "What you told me:",
        "- You have chest pain.",
        "- You take tablets.",
        "- It is strong.",
        "",
        "Questions to ask the doctor:",
        "- What could it be?",
        "- Do I need a test?",
    ]


def test_the_summary_says_that_none_was_chosen(small: CheckUpPlan) -> None:
    assert "- You have none of the signs." in summary(small, {"signs": Answer((), CareLevel.NONE)})


def test_the_summary_owns_up_to_an_answer_that_was_not_read(small: CheckUpPlan) -> None:
    told = summary(small, {"signs": Answer((), CareLevel.URGENT_SAME_DAY, unread=True)})
    assert "- I could not read your answer to: Do you have any of these?" in told
    assert "none of the signs" not in told


def test_the_summary_leaves_out_what_was_not_asked(small: CheckUpPlan) -> None:
    assert summary(small, {}).splitlines()[:2] == ["What you told me:", ""]


# ── The project's own questions ───────────────────────────────────────────────────────────────


def test_the_gravest_signs_are_asked_first(plan: CheckUpPlan) -> None:
    gravest = [max(option.level for option in question.options) for question in plan.questions]
    assert gravest[0] is CareLevel.EMERGENCY
    assert max(gravest[1:]) < CareLevel.EMERGENCY


def test_no_id_and_no_value_stands_twice(plan: CheckUpPlan) -> None:
    ids = [question.id for question in plan.questions]
    values = [option.value for question in plan.questions for option in question.options]
    assert len(set(ids)) == len(ids)
    assert len(set(values)) == len(values)


OPTIONS = [
    (question["id"], number, option)
    for question in yaml.safe_load(FILE.read_text(encoding="utf-8"))["questions"]
    for number, option in enumerate(question["options"], start=1)
]


@pytest.mark.parametrize(("question", "number", "option"), OPTIONS, ids=lambda value: str(value)[:20])
def test_every_choice_is_reached_by_its_number_its_title_and_its_button(
    plan: CheckUpPlan, question: str, number: int, option: dict[str, Any]
) -> None:
    wanted = (option["value"],)
    assert chosen(plan, question, str(number)) == wanted
    assert chosen(plan, question, [option["value"]]) == wanted
    assert chosen(plan, question, option["title"]) == wanted


@pytest.mark.parametrize(
    ("question", "word", "value"),
    [(q, word, option["value"]) for q, _, option in OPTIONS for word in option.get("words", [])],
)
def test_every_other_word_for_a_choice_reaches_it(
    plan: CheckUpPlan, question: str, word: str, value: str
) -> None:
    assert chosen(plan, question, word) == (value,)


@pytest.mark.parametrize(
    ("question", "text", "values"),
    [
        ("how_long", "about 30 seconds", ("seconds",)),
        ("how_long", "3 minutes", ("minutes",)),
        ("how_long", "half an hour", ("longer",)),
        ("how_long", "more than 10 minutes", ("longer",)),
        ("since_when", "3 weeks", ("weeks",)),
        ("since_when", "two days", ("days",)),
        ("since_when", "more than a week", ("weeks",)),
        ("how_often", "once a week", ("weekly",)),
        ("how_often", "twice a week", ("often",)),
        ("how_bad", "can\u2019t walk", ("unbearable",)),
        ("which_leg", "the left one", ("one",)),
        ("which_leg", "two", ("both",)),
        ("pregnant", "no", ()),
        ("pregnant", "yes", ("pregnant",)),
        ("medicines", "warfarin and a statin", ("statin", "blood_thinner")),
        ("medicines", "none", ()),
        ("conditions", "cancer and diabetes", ("diabetes", "clot")),
    ],
)
def test_everyday_answers_are_understood(
    plan: CheckUpPlan, question: str, text: str, values: tuple[str, ...]
) -> None:
    assert chosen(plan, question, text) == values


@pytest.mark.parametrize(
    ("question", "text", "mild"),
    [
        ("how_long", "20 minutes", "minutes"),
        ("how_long", "about 15 minutes", "minutes"),
        ("since_when", "over a week", "days"),
        ("since_when", "10 days", "days"),
        ("since_when", "14 days", "days"),
        ("how_bad", "not mild", "mild"),
        ("how_often", "not rarely", "now_and_then"),
    ],
)
def test_a_grave_answer_is_never_taken_for_a_mild_one(
    plan: CheckUpPlan, question: str, text: str, mild: str
) -> None:
    assert mild not in (chosen(plan, question, text) or ())


@pytest.mark.parametrize("text", ["i'm not pregnant", "not pregnant", "no, i am not"])
def test_who_is_not_pregnant_is_never_taken_for_pregnant(plan: CheckUpPlan, text: str) -> None:
    assert not chosen(plan, "pregnant", text)


def test_cautions_of_choices_are_cautions_of_the_guard(plan: CheckUpPlan, care: Any) -> None:
    named = {caution for question in plan.questions for o in question.options for caution in o.cautions}
    assert named <= {caution.id for caution in care.cautions}


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("how_long", "30 secs", "seconds"),
        ("how_long", "about 5 mins", "minutes"),
        ("how_long", "20 minutes", "longer"),
        ("how_long", "half an hour i think", "longer"),
        ("since_when", "3 days", "days"),
        ("since_when", "since march", "weeks"),
        ("since_when", "about 2 years now", "weeks"),
        ("how_often", "3 times a week", "often"),
        ("how_often", "every other night", "often"),
        ("how_often", "twice a month", "now_and_then"),
        ("how_bad", "8/10", "unbearable"),
        ("how_bad", "about 6 out of 10", "strong"),
        ("how_bad", "9", "unbearable"),
        ("how_bad", "2/10", "mild"),
        ("how_long", "over 10 minutes", "longer"),
        ("how_long", "10 minutes or more", "longer"),
        ("how_long", "10 minutes", "minutes"),
        ("how_long", "twenty five minutes", "longer"),
        ("how_long", "2", "minutes"),
        ("how_often", "once a night", "often"),
        ("since_when", "more than 7 days", "weeks"),
    ],
)
def test_an_answer_in_numbers_names_the_option_that_holds_them(question: str, text: str, value: str) -> None:
    """In the questions that Charley asks."""
    plan = load_check_up()
    answer = read(plan, question, text)
    assert answer is not None
    assert answer.values == (value,)


@pytest.mark.parametrize("text", ["no more questions", "not now", "no but my calf looks bigger", "not sure"])
def test_what_only_begins_like_a_no_chooses_nothing_and_is_not_none(small: CheckUpPlan, text: str) -> None:
    assert read(small, "signs", text) is None
