"""Checks of what Charley says: set phrases, buttons, reading grade, and what must never be said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

from charley import care
from charley.admission import Refusal
from charley.answers.compose import MAX_BUTTONS
from charley.answers.questions import MAX_TITLE
from charley.care.check_up import CHECK_UP_FILE
from charley.care.flags import CARE_DIR
from charley.care.levels import CareLevel
from charley.care.numbers import ANYWHERE
from charley.facts.schema import BOTH, Subject
from charley.reading.names import ALONE
from charley.trainers.check import nodes
from charley.trainers.check.facts import FACTS, lines_of
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.project import DOMAIN, FLAGS, RULES, STORIES, Project

CODE = Path(care.__file__).parents[2]  # holds charley/ and actions/
NAMED = re.compile(r'"(utter_(?!action")\w+)"')  # "utter_action" is where Rasa notes which it was
# Responses whose names the code puts together.
PUT_TOGETHER = {
    "utter_care_": [level.value for level in CareLevel if level is not CareLevel.NONE],
    "utter_notice_": [refusal.value for refusal in Refusal],
}
PAYLOAD = re.compile(r"/(?P<intent>\w+)")
FORBIDDEN = {
    "a diagnosis": r"\byou (?:probably |may |might |must |clearly )?(?:have|'ve got) "
    r"(?:a |an )?(?:blood )?(?:clot|dvt|deficiency|disease|neuropathy|diabetes|condition)\b",
    "stopping a medicine": r"(?<!do not )(?<!don't )(?<!never )\bstop taking\b",
    "waiting is safe": r"\bsafe to wait\b",
    "a dose": r"\byou (?:should|must|need to|can) take (?:\w+ )?[\d,.]+ ?(?:mg|mcg|g|iu|milligrams?)\b",
    "a mistake of the founding articles": r"\bexcessive electrolyte",
}
HIGHEST_GRADE = 8
HIGHEST_IN_DANGER = 6  # who is in danger reads worse
IN_DANGER = frozenset(
    "utter_care_emergency utter_care_crisis utter_care_crisis_and_emergency utter_care_reminder".split()
)
SMALLEST_POOL = 100  # words: a grade of less says little
MARGIN = 4  # grades: so much may one statement lie above the highest, as its answer has easier ones beside it


def forbidden(text: str) -> list[str]:
    """Which of the things that must never be said a text says."""
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text, re.IGNORECASE)]


def forms_of(project: Project) -> Iterator[tuple[str, yaml.Node]]:
    """Each variation of each response of domain.yml, by the response's name."""
    for name, _, tree in project.part_of_domain("responses"):
        for form in nodes.members(tree):
            yield name, form


def said(project: Project) -> Iterator[tuple[Path, int, str]]:
    """Every text that is said to people as it stands: facts, responses, check-up, reasons, cautions.

    Not what the check-up's summary gives back of their own answers ("You have diabetes").
    """
    for line, row in project.records(project.root / FACTS):
        yield project.root / FACTS, line, row.get("statement") or ""
    keys = {"text", "title", "because", "say"}
    care_files = (project.root / CHECK_UP_FILE, project.root / CARE_DIR / "cautions.yml")
    for path in (project.root / DOMAIN, *care_files, *project.under(FLAGS)):
        if not path.exists() or (tree := project.tree(path)) is None:
            continue
        # A flag's reason stands at its top; the thousands of wordings below need no look.
        places = [tree] if path.is_relative_to(project.root / FLAGS) else nodes.walk(tree)
        for key, value in (pair for place in places for pair in nodes.pairs(place)):
            if key.value in keys and (text := nodes.scalar(value)):
                yield path, nodes.line_of(value), text


@check(
    "forbidden-phrase",
    why="Charley gives no diagnosis, no personal dose, and no advice to wait or to stop a medicine.",
    mend="Say what a source says of people in general, and whom to ask.",
)
def forbidden_phrase(project: Project) -> Iterator[Found]:
    """A text that gives a diagnosis or a dose, says that waiting is safe, or to stop a medicine."""
    for path, line, text in said(project):
        for what in forbidden(text):
            yield Found(path, line, f"This says what must never be said ({what}): {text!r}.")


@check(
    "button-length",
    why=f"Messengers cut a button's title off after {MAX_TITLE} characters.",
    mend="Say it in fewer.",
)
def button_length(project: Project) -> Iterator[Found]:
    """A button's title of more than 20 characters."""
    for name, button in _buttons(project):
        title = nodes.child(button, "title")
        if title is not None and len(title.value) > MAX_TITLE:
            what = f"{name}: {title.value!r} has {len(title.value)} characters."
            yield Found(project.root / DOMAIN, nodes.line_of(title), what)


@check("too-many-buttons", why="Messengers show no more than three.", mend="Keep the three that matter most.")
def too_many_buttons(project: Project) -> Iterator[Found]:
    """A response with more than three buttons."""
    for name, form in forms_of(project):
        count = sum(1 for _ in nodes.members(nodes.child(form, "buttons")))
        if count > MAX_BUTTONS:
            yield Found(project.root / DOMAIN, nodes.line_of(form), f"{name} has {count} buttons.")


@check(
    "button-to-nowhere", why="Who presses it is told that the button does not work.", mend="Mend the payload."
)
def button_to_nowhere(project: Project) -> Iterator[Found]:
    """A button whose payload is no intent of domain.yml."""
    intents = {name for name, _, _ in project.part_of_domain("intents")}
    for name, button in _buttons(project):
        payload = nodes.child(button, "payload")
        match = PAYLOAD.match(nodes.scalar(payload) or "")
        if match is None or match["intent"] not in intents:
            line = nodes.line_of(payload or button)
            yield Found(project.root / DOMAIN, line, f"{name}: {nodes.scalar(payload)!r} is no intent.")


def _buttons(project: Project) -> Iterator[tuple[str, yaml.Node]]:
    told: set[int] = set()
    for name, form in forms_of(project):
        for button in nodes.members(nodes.child(form, "buttons")):
            if id(button) not in told:  # `*menu` is the same list again
                told.add(id(button))
                yield name, button


@cache
def named_in_code() -> frozenset[str]:
    """The responses that the code of Charley says by name."""
    files = [path for folder in ("charley", "actions") for path in (CODE / folder).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in files if "trainers" not in path.parts]
    named = {name for text in texts for name in NAMED.findall(text)}
    whole = {f"{start}{end}" for start, ends in PUT_TOGETHER.items() for end in ends}
    return frozenset({name for name in named if not name.endswith("_")} | whole)


@check(
    "missing-response",
    why="Charley's code says it; without it the person gets no reply.",
    mend="Put it back.",
)
def missing_response(project: Project) -> Iterator[Found]:
    """A response that the code needs and domain.yml lacks, or one without a text."""
    path = project.root / DOMAIN
    there = {name for name, _, _ in project.part_of_domain("responses")} | set(project.check_up.responses())
    for name in sorted(named_in_code() - there):
        yield Found(path, None, f"The response {name} is missing.")
    for name, form in forms_of(project):
        if not (nodes.scalar(nodes.child(form, "text")) or "").strip():
            yield Found(path, nodes.line_of(form), f"{name} has no text.", "Write what is to be said.")


@check(
    "unused-response",
    why="Nobody ever reads it, yet everybody who edits domain.yml must.",
    mend="Use it in a rule or story, or delete it.",
    severity=Severity.WARNING,
)
def unused_response(project: Project) -> Iterator[Found]:
    """A response of domain.yml that no rule, no story and no code says."""
    project.readable(RULES, STORIES)
    used = named_in_code() | {step.name for block in project.blocks for step in block.steps}
    for name, line, _ in project.part_of_domain("responses"):
        if name not in used:
            yield Found(project.root / DOMAIN, line, f"Nothing says {name}.")


def without_names(text: str, subjects: Iterable[Subject]) -> str:
    """The text with every name of a subject replaced, so that "magnesium" alone makes it no harder."""
    names = {n for s in subjects for n in s.all_names if BOTH not in n and not n.startswith(ALONE)}
    longest_first = sorted(names, key=len, reverse=True)
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", "it", text, flags=re.IGNORECASE)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text."""
    import textstat

    return float(textstat.flesch_kincaid_grade(text))


def care_text(project: Project, in_danger: bool) -> str:
    """What is said to who is in danger, or else to who needs care, all of it."""
    texts = (
        re.sub(r"\{\w+\}", "", text.replace("{emergency_number}", ANYWHERE))
        for name, form in forms_of(project)
        if name.startswith("utter_care") and (name in IN_DANGER) is in_danger
        if (text := nodes.scalar(nodes.child(form, "text")))
    )
    return "\n\n".join(texts)


@check(
    "reading-grade",
    why="Half of all adults read at grade 8 or below, and who is in danger reads worse.",
    mend="Shorter sentences, shorter words: one thing a sentence.",
)
def reading_grade(project: Project) -> Iterator[Found]:
    """Care replies above grade 6 in danger or 8 else, or a fact far above grade 8."""
    subjects = list(project.table.subjects.values())
    for in_danger, highest in ((True, HIGHEST_IN_DANGER), (False, HIGHEST_GRADE)):
        text = care_text(project, in_danger)
        found = max(grade(text), grade(without_names(text, subjects)))
        if len(text.split()) >= SMALLEST_POOL and found > highest:
            first = next(
                (line for n, line, _ in project.part_of_domain("responses") if n.startswith("utter_care")),
                None,
            )
            whom = "in danger" if in_danger else "in need of care"
            yield Found(
                project.root / DOMAIN,
                first,
                f"What is said to who is {whom} reads at grade {found:.1f}; {highest} at most.",
            )
    lines = lines_of(project, FACTS.name)
    plain = without_names("\n".join(fact.statement for fact in project.table.facts.values()), subjects).split(
        "\n"
    )
    for fact, statement in zip(project.table.facts.values(), plain, strict=True):
        found = grade(statement)
        if found > HIGHEST_GRADE + MARGIN:
            what = f"{fact.id}: {fact.statement!r} reads at grade {found:.1f}, names apart; answers as a whole at {HIGHEST_GRADE} at most."
            yield Found(project.root / FACTS, lines.get(fact.id), what)
