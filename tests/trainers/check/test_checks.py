"""Each check trips where it should, names file and line, and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from charley.trainers.check import CHECKS, run
from tests.trainers.check.conftest import write

FACTS, SUBJECTS, SOURCES = "data/facts/facts.csv", "data/facts/subjects.csv", "data/facts/sources.csv"
PICTURES, QUESTIONS, DOMAIN = "data/facts/pictures.csv", "data/questions.yml", "domain.yml"
NLU, RULES, STORIES = "data/nlu/all.yml", "data/rules/relief.yml", "data/stories/cramps.yml"
SWELLING, CHEST = "data/care/flags/swelling.yml", "data/care/flags/chest_pain.yml"
CHECK_UP, NUMBERS, CONFIG = "data/care/check_up.yml", "data/care/numbers.csv", "config.yml"
TEST, CARE_TEST, STORY_TEST = (
    "tests/held_out/intents.csv",
    "tests/held_out/care/swelling.yml",
    "tests/stories/test_stories.yml",
)
Edit = Callable[[Path], None]


def put(file: str, old: str, new: str) -> Edit:
    """Write `new` for the first `old` in a file."""

    def edit(root: Path) -> None:
        text = (root / file).read_bytes().decode()
        assert old in text, f"{file} does not hold {old!r}"
        write(root / file, text.replace(old, new, 1))

    return edit


def add(file: str, text: str) -> Edit:
    """Add to the end of a file, or make it."""

    def edit(root: Path) -> None:
        path = root / file
        write(path, (path.read_bytes().decode() if path.exists() else "") + text)

    return edit


def remove(file: str) -> Edit:
    return lambda root: (root / file).unlink()


@dataclass(frozen=True)
class Case:
    """An edit after which a check finds something in a file, on the line that holds `marker`."""

    check: str
    edit: Edit
    file: str
    marker: str | None = None  # None: of the whole file

    def __str__(self) -> str:
        return f"{self.check}-{Path(self.file).name}"


ROW = "magnesium-definition,magnesium,definition,"
FACT = "moon-{0},magnesium,{0},{1},nih-magnesium,reference,medicine-ask,2026-11-22,\n"
A_RULE = "\n- rule: Another one\n  steps:\n  - intent: {0}\n  - action: {1}\n"
A_STORY = "\n- story: another one\n  steps:\n{0}"
FORM = "\nforms:\n  moon_form:\n    required_slots: [{0}]\n"
SLOT = "  moon_slot:\n    type: text\n    mappings:\n    - type: from_text\n      conditions:\n      - active_loop: {0}\n\nactions:\n"
TWO_BUTTONS = '    buttons: [{{title: "{0}", payload: {1}}}]\n'
BYE = 'text: "Bye."\n    metadata: {kind: smalltalk}\n'
A_RESPONSE = (
    "  utter_moon:\n  - text: The moon is full.\n    metadata: {kind: smalltalk, fact_ids: [], sources: []}\n"
)
HARD = "Pharmacological prophylaxis necessitates individualised multidisciplinary deliberation beforehand."

TRIPS = [
    # the files themselves
    Case("unreadable-file", put(FACTS, "Magnesium helps nerves", '"Magnesium helps nerves'), FACTS, "magnesium-role-nerves"),
    Case("unreadable-file", put(QUESTIONS, "ask_role:", "ask_role: ["), QUESTIONS, "needs_subject: true\n  attributes: [role]"),
    Case("unreadable-file", lambda r: (r / NLU).write_bytes(b"nlu: \xff"), NLU),
    Case("missing-file", remove(SOURCES), SOURCES),
    Case("missing-file", lambda r: write(r / RULES, ""), RULES),
    Case("conflict-markers", put(RULES, "rules:", "<<<<<<< HEAD\nrules:"), RULES, "<<<<<<<"),
    Case("conflict-markers", add(FACTS, ">>>>>>> theirs\n"), FACTS, ">>>>>>>"),
    Case("tabs", put(RULES, "  steps:", "\tsteps:"), RULES, "\tsteps:"),
    Case("byte-order-mark", put(FACTS, "id,", "\ufeffid,"), FACTS, "id,subject"),
    Case("windows-line-ends", put(SUBJECTS, "\n", "\r\n"), SUBJECTS, "id,kind"),
    Case("trailing-spaces", put(RULES, "  steps:", "  steps: "), RULES, "steps: "),
    Case("final-line-end", add(RULES, "# the end"), RULES, "# the end"),
    Case("repeated-key", add(QUESTIONS, "ask_role:\n  title: Again\n  attributes: [role]\n"), QUESTIONS, "ask_role:\n  title: Again"),
    Case("cell-count", put(FACTS, ROW, f"{ROW}Moon, and,"), FACTS, "Moon, and"),
    Case("cell-count", add(FACTS, "moon,magnesium,role\n"), FACTS, "moon,magnesium"),
    Case("csv-quoting", put(FACTS, "magnesium-definition", '"magnesium-definition"'), FACTS, '"magnesium-definition"'),
    Case("unread-file", add("data/nlu/old.yml.bak", "x\n"), "data/nlu/old.yml.bak"),
    Case("unread-file", add("data/nlu/more.yaml", "nlu: []\n"), "data/nlu/more.yaml"),
    Case("unread-file", add("data/facts/facts (copy).csv", "id\n"), "data/facts/facts (copy).csv"),
    Case("unread-file", add("data/nlu/lost.yml", "nlo: []\n"), "data/nlu/lost.yml", "nlo"),
    Case("unknown-part", add(NLU, "- intend: greet\n  examples: |\n    - hello\n"), NLU, "intend"),
    Case("unknown-part", add(NLU, "- intent: greet\n  examples: |\n    hello there\n"), NLU, "hello there"),
    Case("unknown-part", add(NLU, "- intent: greet\n  example: |\n    - hello\n"), NLU, "- intent: greet\n  example:"),
    Case("repeated-name", add(RULES, A_RULE.format("ask_relief", "action_answer_question").replace("Another one", "Relief right now")), RULES, "- rule: Relief right now\n  steps:\n  - intent: ask_relief\n  - action: action_answer_question\n#"),
    Case("repeated-name", put(SWELLING, "name: other_things_that_swell", "name: plain"), SWELLING, "- name: plain\n  wordings:\n  - the river"),
    # facts
    Case("fact-table", put(FACTS, ROW, "magnesium-definition,moonlight,definition,"), FACTS, "moonlight"),
    Case("fact-table", put(SUBJECTS, "potassium,nutrient", "potassium,mineral"), SUBJECTS, "potassium,mineral"),
    Case("safety-net", put(FACTS, "see-someone-persistent,leg_cramps,see_someone", "see-someone-persistent,leg_cramps,duration"), FACTS),
    Case("questions", put(QUESTIONS, "attributes: [definition]", "attributes: [definitions]"), QUESTIONS, "[definitions]"),
    Case("questions", put(QUESTIONS, "title: What is it?", "title: What is it, after all?"), QUESTIONS, "after all"),
    Case("questions", put(QUESTIONS, "next: [ask_causes,", "next: [ask_moon,"), QUESTIONS, "ask_definition:"),
    Case("questions", put(QUESTIONS, "subject: electrolytes", "subject: moonlight"), QUESTIONS, "ask_role:"),
    Case("unanswerable-question", put(QUESTIONS, "attributes: [duration]", "attributes: [intake]"), QUESTIONS, "attributes: [intake]\n  related: [relief, definition]"),
    Case("repeated-name-of-subject", put(SUBJECTS, ",mag; ", ",mag; Mag; "), SUBJECTS, "Mag; "),
    Case("unreachable-fact", put(QUESTIONS, "attributes: [duration]", "attributes: [prevalence]"), FACTS, ",duration,"),
    Case("subject-without-facts", add(SUBJECTS, "moonlight,cause,moonlight,\n"), SUBJECTS, "moonlight"),
    Case("subject-with-gaps", put(FACTS, ROW, "magnesium-definition,potassium,definition,"), SUBJECTS, "magnesium,nutrient"),
    Case("old-review", put(FACTS, "article,,2026-11-22,S000-020", "article,,2020-01-31,S000-020"), FACTS, "2020-01-31"),
    Case("old-review", put(NUMBERS, "2026-11-22", "2020-01-31"), NUMBERS, "2020-01-31"),
    Case("number-without-source", put(FACTS, "helps nerves and muscles", "helps 9 of 10 nerves and muscles"), FACTS, "9 of 10"),
    Case("unused-source", add(SOURCES, "moon,The moon,NASA,reference,,\n"), SOURCES, "moon,"),
    Case("unused-picture", put(PICTURES, "stretch-calf,", "stretch-moon,"), PICTURES, "stretch-moon"),
    Case("unused-picture", add("widget/drawings/moon.svg", "<svg/>\n"), "widget/drawings/moon.svg"),
    # examples
    Case("intent-without-examples", put(DOMAIN, "- greet\n", "- greet\n- ask_moon\n"), DOMAIN, "- ask_moon"),
    Case("intent-not-in-domain", add(NLU, "- intent: ask_moon\n  examples: |\n    - full?\n"), NLU, "examples: |\n    - full?"),
    Case("example-in-two-intents", put(NLU, "- greet7\n", "- ask-relief7!\n".replace("ask-relief7", "askrelief7")), NLU, "- askrelief7!"),
    Case("nearly-in-two-intents", lambda r: (put(NLU, "- greet7\n", "- how are the nuts\n")(r), put(NLU, "- askrelief7\n", "- where are the nuts\n")(r))[0], NLU, "- how are the nuts"),
    Case("example-twice", put(NLU, "- greet7\n", "- greet7\n    - greet7\n"), NLU, "- greet7\n    - greet8"),
    Case("example-almost-twice", put(NLU, "- greet7\n", "- greet7\n    - Greet7!\n"), NLU, "- Greet7!"),
    Case("too-few-examples", put(NLU, "    - greet7\n", ""), NLU, "examples: |\n    - greet1\n"),
    Case("imbalance", put(NLU, "    - greet7\n", "".join(f"    - good{n}\n" for n in range(100))), NLU, "examples: |\n    - greet1\n"),
    Case("entity-annotation", put(NLU, "- greet7\n", "- hi [moonlight](subject)\n"), NLU, "[moonlight]"),
    Case("entity-annotation", put(NLU, "- greet7\n", "- hi [nuts](thing)\n"), NLU, "(thing)"),
    Case("entity-annotation", put(NLU, "- greet7\n", '- hi [nuts]{"entity": "subject", "value": "moon"}\n'), NLU, '"moon"'),
    Case("entity-annotation", put(STORY_TEST, "[nuts]", "[moonlight]"), STORY_TEST, "[moonlight]"),
    # what stands in tests
    Case("learnt-in-test", put(NLU, "- greet7\n", "- So what is it that bananas hold?\n"), NLU, "bananas hold?"),
    Case("learnt-in-test", put(SWELLING, "- my left calf has", "- Overnight the whole of my right leg has become very thick\n  - my left calf has"), SWELLING, "- Overnight"),
    Case("nearly-in-care-test", put(SWELLING, "- my left calf has", "- overnight the whole of my left leg has become very thick\n  - my left calf has"), SWELLING, "- overnight"),
    Case("nearly-in-test", put(NLU, "- greet7\n", "- so what is it that nuts hold\n"), NLU, "nuts hold"),
    Case("also-in-test", put(NLU, "- greet7\n", "- good day to you dear machine\n"), NLU, "dear machine"),
    # warning signs
    Case("warning-signs", put(SWELLING, "level: urgent_same_day", "level: soon"), SWELLING, "level: soon"),
    Case("warning-signs", lambda r: (put(SWELLING, "level: urgent_same_day", "level: soon")(r), put(SWELLING, "- my left calf has", "- none\n  - my left calf has")(r))[0], SWELLING, "level: soon"),
    Case("warning-signs", put(SWELLING, "$leg &", "$arm &"), SWELLING, "$arm"),
    Case("warning-signs", put("data/care/cautions.yml", "[swelling]", "[moonlight]"), "data/care/cautions.yml", "[moonlight]"),
    Case("check-up", put(CHECK_UP, "multiple: true", "multiple: perhaps"), CHECK_UP, "perhaps"),
    Case("phone-numbers", put(NUMBERS, "GB,the UK", "UKX,the UK"), NUMBERS, "UKX"),
    Case("reason-missing", put(SWELLING, "because: A swollen leg may be a clot.\n", ""), SWELLING, "flag: swelling"),
    Case("sign-without-wordings", put(CHEST, "look_alikes:", "lesser:"), CHEST, "flag: chest_pain"),
    Case("wording-at-two-levels", put(CHEST, "  - there is", "  - since breakfast my left calf has blown up like a balloon\n  - there is"), SWELLING, "- my left calf has blown"),
    Case("wording-nearly-at-two-levels", put(CHEST, "  - there is", "  - my right calf has blown up like a balloon since breakfast\n  - there is"), SWELLING, "- my left calf has blown"),
    # domain, rules and stories
    Case("domain", put(DOMAIN, "- greet\n", "- greet\n- thank\n"), DOMAIN, "- thank\n- acknowledge"),
    Case("domain", put(DOMAIN, "    type: any\n", "    type: moon\n"), DOMAIN),
    Case("story-form", put(RULES, "- rule: Relief right now\n  steps:\n", "- rule: Relief right now\n  steps:\n  - intend: ask_relief\n"), RULES),
    Case("configuration", put(CONFIG, "assistant_id: charley\n", ""), CONFIG),
    Case("unknown-intent", put(RULES, "- intent: ask_relief", "- intent: ask_moon"), RULES, "ask_moon"),
    Case("unknown-action", put(RULES, "- action: action_answer_question", "- action: action_moon"), RULES, "action_moon"),
    Case("unknown-action", put("data/rules/small_talk.yml", "utter_greet", "utter_moon"), "data/rules/small_talk.yml", "utter_moon"),
    Case("intent-without-rule", put(DOMAIN, "- greet\n", "- greet\n- ask_moon\n"), DOMAIN, "- ask_moon"),
    Case("unused-action", put(DOMAIN, "actions:\n", "actions:\n- action_moon\n"), DOMAIN, "- action_moon"),
    Case("question-without-rule", add(QUESTIONS, "ask_moon:\n  title: Moon\n  attributes: [role]\n"), QUESTIONS, "ask_moon:"),
    Case("question-without-rule", put("data/rules/small_talk.yml", "utter_greet", "action_answer_question"), "data/rules/small_talk.yml", "- intent: greet"),
    Case("long-rule", put(RULES, "  - action: action_answer_question\n", "  - action: action_answer_question\n  - intent: thank\n  - action: utter_welcome\n"), RULES, "- rule: Relief right now"),
    Case("unknown-slot", add(STORIES, A_STORY.format("  - intent: greet\n  - slot_was_set:\n    - moon: full\n  - action: utter_greet\n")), STORIES, "moon: full"),
    Case("forms", add(DOMAIN, FORM.format("moon_slot")), DOMAIN, "required_slots"),
    Case("forms", put(DOMAIN, "\nactions:\n", SLOT.format("moon_form")), DOMAIN, "active_loop: moon_form"),
    Case("rule-contradiction", add(RULES, A_RULE.format("greet", "utter_help")), RULES, "action: utter_help"),
    Case("rule-contradiction", put(STORIES, "  - intent: ask_person\n  - action: utter_person", "  - intent: ask_person\n  - action: utter_help"), STORIES, "utter_help"),
    Case("story-conflict", add(STORIES, A_STORY.format("  - intent: ask_causes\n  - action: action_answer_question\n  - intent: ask_more\n  - action: utter_help\n")), STORIES, "utter_help"),
    # what is said
    Case("forbidden-phrase", put(FACTS, "Magnesium helps nerves and", "You probably have a deficiency. Magnesium helps nerves and"), FACTS, "You probably have"),
    Case("forbidden-phrase", put(DOMAIN, "text: I got that message already.", "text: Stop taking your statin. I got that message already."), DOMAIN, "Stop taking"),
    Case("forbidden-phrase", put(SWELLING, "because: A swollen leg may be a clot.", "because: It is safe to wait."), SWELLING, "safe to wait"),
    Case("button-length", put(DOMAIN, '"Relief right now"', '"Relief, and right now"'), DOMAIN, "Relief, and right now"),
    Case("too-many-buttons", put(DOMAIN, "    buttons: &menu\n", '    buttons: &menu\n    - {title: "More", payload: /ask_more}\n'), DOMAIN, "- text: |-\n      Hi, I am Charley"),
    Case("button-to-nowhere", put(DOMAIN, "payload: /ask_help}", "payload: /ask_moon}"), DOMAIN, "/ask_moon"),
    Case("missing-response", put(DOMAIN, "  utter_unavailable:", "  utter_not_available:"), DOMAIN),
    Case("unused-response", put(DOMAIN, "responses:\n", f"responses:\n{A_RESPONSE}"), DOMAIN, "utter_moon:"),
    Case("reading-grade", put(DOMAIN, "Do not wait and do not drive yourself.", 3 * HARD), DOMAIN),
    Case("reading-grade", put(FACTS, "Magnesium helps nerves and muscles talk to each other.", HARD), FACTS, "Pharmacological"),
]  # fmt: skip

# What looks much like a fault and is none.
SILENT = [
    ("unreadable-file", put(RULES, "rules:", "# a: [comment\nrules:")),
    ("conflict-markers", put(RULES, "rules:", "# ====== a line ======\nrules:")),
    ("tabs", put(FACTS, "Magnesium helps nerves", "Magnesium\thelps nerves")),
    ("trailing-spaces", put(RULES, "rules:", "#\nrules:")),
    ("repeated-key", add(QUESTIONS, "# ask_role: stands above\n")),
    ("cell-count", add(FACTS, "\n")),
    ("csv-quoting", put(FACTS, "Magnesium helps nerves and muscles talk to each other.", '"Magnesium helps nerves, and muscles."')),
    ("unread-file", add("data/nlu/more.yml", "nlu: []\n")),
    ("repeated-name", add(RULES, A_RULE.format("ask_relief", "action_answer_question"))),
    ("old-review", put(FACTS, "article,,2026-11-22,S000-020", "article,,2026-11-21,S000-020")),
    ("number-without-source", put(FACTS, "helps nerves and muscles", "and B12 and omega-3 help nerves and muscles")),
    ("number-without-source", put(FACTS, "Most US potassium supplements give 99 mg", "Most US potassium supplements give 98 mg")),
    ("example-in-two-intents", put(NLU, "- greet7\n", "- askrelief77\n")),
    ("example-twice", put(NLU, "- greet7\n", "- greet7\n    - Greet7\n")),
    ("imbalance", put(NLU, "    - greet7\n", "".join(f"    - good{n}\n" for n in range(80)))),
    ("too-few-examples", put(NLU, "- greet7\n", "- hello7\n")),
    ("entity-annotation", put(NLU, "- greet7\n", '- hi [Nuts](subject) and [goobers]{"entity": "subject", "value": "nuts"}\n')),
    ("entity-annotation", put(NLU, "- greet7\n", "- hi [laughs] at you (really)\n")),
    ("learnt-in-test", put(NLU, "- greet7\n", "- overnight the cat came home\n")),
    ("nearly-in-care-test", put(SWELLING, "- my left calf has", "- overnight both of my feet have become thick\n  - my left calf has")),
    ("rule-contradiction", add(RULES, A_RULE.format("ask_relief", "action_answer_question"))),
    ("story-conflict", add(STORIES, A_STORY.format("  - intent: ask_causes\n  - action: action_answer_question\n  - intent: ask_more\n  - action: action_tell_more\n"))),
    ("forbidden-phrase", put(FACTS, "Magnesium helps nerves and", "Do not stop taking a medicine. Magnesium helps nerves and")),
    ("button-length", put(DOMAIN, '"Relief right now"', '"Relief right now, ok"')),
    ("long-rule", put(RULES, "  - intent: ask_relief\n", "  - or:\n    - intent: ask_relief\n    - intent: ask_prevention\n")),
    ("unused-response", put(DOMAIN, "  utter_notice_repeated:", "  utter_notice_repeated:")),
    ("reading-grade", put(FACTS, "Magnesium helps nerves and muscles talk to each other.", "Magnesium magnesium magnesium potassium magnesium helps.")),
]  # fmt: skip


def line_of(root: Path, file: str, marker: str) -> int:
    """The line on which the last `marker` begins."""
    text = (root / file).read_text(encoding="utf-8-sig").split("\n")
    wanted = marker.split("\n")
    starts = [
        n
        for n in range(len(text))
        if wanted[0] in text[n]
        and all(text[n + i].startswith(part) for i, part in enumerate(wanted[1:], 1) if part != "#")
    ]
    return starts[-1] + 1


@pytest.mark.parametrize("case", TRIPS, ids=str)
def test_a_check_finds_what_it_looks_for_and_names_file_and_line(case: Case, small: Path) -> None:
    case.edit(small)
    found = run(small, only=[case.check])
    places = [(finding.file, finding.line) for finding in found]
    if case.marker is None:
        assert case.file in [file for file, _ in places]
    else:
        assert (case.file, line_of(small, case.file, case.marker)) in places
    assert all(finding.what and finding.why and finding.mend for finding in found)


@pytest.mark.parametrize(("check", "edit"), SILENT, ids=[check for check, _ in SILENT])
def test_a_check_leaves_alone_what_is_right(check: str, edit: Edit, small: Path) -> None:
    edit(small)
    assert run(small, only=[check]) == []


def test_the_small_project_passes_every_check_but_that_for_gaps(pattern: Path) -> None:
    assert [f for f in run(pattern) if f.check != "subject-with-gaps"] == []


def test_a_subject_of_which_all_is_told_has_no_gap(pattern: Path) -> None:
    told = [finding.what.split(":")[0] for finding in run(pattern, only=["subject-with-gaps"])]
    assert "potassium" not in told
    assert "magnesium" in told, "it has no fact on safety"


def test_every_check_has_a_case_that_trips_it() -> None:
    assert {case.check for case in TRIPS} == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_every_check_says_in_a_sentence_what_it_looks_for_why_and_how_to_mend_it(check: object) -> None:
    for said in (check.about, check.why, check.mend):  # type: ignore[attr-defined]
        assert said.endswith((".", ")."))
        assert said[0].isupper()
