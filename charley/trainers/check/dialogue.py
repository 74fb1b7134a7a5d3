"""Checks of what domain.yml, the rules and the stories promise each other: all of `rasa data validate`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from charley.answers.questions import QUESTIONS_FILE
from charley.trainers.check import nodes
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.project import CONFIG, DOMAIN, RULES, STORIES, Project
from charley.trainers.check.rasa_reading import Said, read_domain, read_stories

# The care policy answers these itself (charley/rasa/care_policy.py), so no rule need.
OF_THE_CARE_POLICY = frozenset(
    "start_check_up stop_check_up answer_check_up affirm_care deny_care forget_chat".split()
)
LOOKS_UP = "action_answer_question"
# Rasa's own actions (rasa/shared/core/constants.py, DEFAULT_ACTION_NAMES); none is spelt by Charley.
OF_RASA = frozenset(
    "action_listen action_restart action_session_start action_default_fallback action_deactivate_loop "
    "action_revert_fallback_events action_default_ask_affirmation action_default_ask_rephrase "
    "action_two_stage_fallback action_unlikely_intent action_back action_extract_slots ...".split()
)
RASA_ONLY = "Rasa refuses it, and training stops."
LISTS = ("intents", "entities", "actions")
KEYS = (
    "recipe",
    "language",
    "assistant_id",
    "pipeline",
    "policies",
)  # of config.yml, the first three by Rasa's rule
MAX_SAID = 400  # characters of what Rasa says
QUOTED = re.compile(r"'([^'\s]+)'")


def names(project: Project, key: str) -> set[str]:
    """The names under a key of domain.yml."""
    return {name for name, _, _ in project.part_of_domain(key)}


@check(
    "domain",
    why=RASA_ONLY,
    mend="Mend the line. https://rasa.com/docs/rasa/domain says what each part may hold.",
)
def domain(project: Project) -> Iterator[Found]:
    """A part of domain.yml that Rasa can't read, or a name that stands twice in one of its lists."""
    project.readable(DOMAIN)
    path = project.root / DOMAIN
    told = False
    for key in LISTS:
        seen: dict[str, int] = {}
        for name, line, _ in project.part_of_domain(key):
            if name in seen:
                told = True
                yield Found(path, line, f"{name} stands in {key} in line {seen[name]} already.")
            seen.setdefault(name, line)
    if not told:
        yield from _said_by_rasa(project, read_domain(project)[1])


@check(
    "story-form",
    why="Rasa skips the step or the whole rule, or refuses it.",
    mend="Write it as those beside it.",
)
def story_form(project: Project) -> Iterator[Found]:
    """A rule or story that is not in Rasa's form (an unknown step, no name, no steps)."""
    yield from _said_by_rasa(project, read_stories(project)[1])


def _said_by_rasa(project: Project, said: Said) -> Iterator[Found]:
    """What Rasa says of a file, on the line of the first name that it quotes."""
    for path, message in said:
        quoted = set(QUOTED.findall(message))
        lines = (nodes.line_of(n) for n in nodes.walk(project.tree(path)) if nodes.scalar(n) in quoted)
        yield Found(
            path, next(lines, None), message if len(message) < MAX_SAID else f"{message[:MAX_SAID]} …"
        )


@check(
    "configuration",
    why="Rasa can't train without it.",
    mend="Take config.yml back from version control, or put the key in.",
)
def configuration(project: Project) -> Iterator[Found]:
    """A key that config.yml must have."""
    for key in KEYS:
        if not project.config.get(key):
            yield Found(project.root / CONFIG, None, f"config.yml has no {key}.")


@check(
    "unknown-intent",
    why="The step never comes true: nobody can be understood to want this.",
    mend="Mend the name, or add the intent to domain.yml and examples to data/nlu/.",
)
def unknown_intent(project: Project) -> Iterator[Found]:
    """A rule or story with an intent that domain.yml does not list."""
    known = names(project, "intents")
    for block in project.blocks:
        for step in block.steps:
            if step.kind == "intent" and step.name.split("/")[0] not in known:
                yield Found(
                    block.path,
                    step.line,
                    f"There is no intent {step.name} (in the {block.kind} {block.name!r}).",
                )


@check(
    "unknown-action",
    why="Charley would say nothing there.",
    mend="Mend the name, or add the response or action to domain.yml.",
)
def unknown_action(project: Project) -> Iterator[Found]:
    """A rule or story with a response or action that domain.yml does not list."""
    known = OF_RASA | names(project, "actions") | names(project, "forms") | names(project, "responses")
    known |= set(project.check_up.responses())
    for block in project.blocks:
        for step in block.steps:
            if step.kind == "action" and step.name not in known:
                thing = "response" if step.name.startswith("utter_") else "action"
                yield Found(
                    block.path,
                    step.line,
                    f"There is no {thing} {step.name} (in the {block.kind} {block.name!r}).",
                )


@check(
    "intent-without-rule",
    why="Who is understood to want this gets the reply for what was not understood.",
    mend="Write a rule for it in data/rules/.",
)
def intent_without_rule(project: Project) -> Iterator[Found]:
    """An intent that no rule and no story answers."""
    project.readable(RULES, STORIES)
    used = {step.name for block in project.blocks for step in block.steps if step.kind == "intent"}
    for name, line, _ in project.part_of_domain("intents"):
        if name not in used | OF_THE_CARE_POLICY:
            yield Found(project.root / DOMAIN, line, f"No rule or story begins with {name}.")


@check(
    "unused-action",
    why="It never runs.",
    mend="Use it in a rule, or take it out of domain.yml.",
    severity=Severity.WARNING,
)
def unused_action(project: Project) -> Iterator[Found]:
    """An action of domain.yml that no rule and no story runs."""
    project.readable(RULES, STORIES)
    used = {step.name for block in project.blocks for step in block.steps if step.kind == "action"}
    for name, line, _ in project.part_of_domain("actions"):
        if name not in used:
            yield Found(project.root / DOMAIN, line, f"No rule or story runs {name}.")


@check(
    "question-without-rule",
    why="A question that nothing leads to is never answered; an intent that is looked up nowhere finds nothing.",
    mend=f"Write a rule from the intent to {LOOKS_UP}, and an entry in data/questions.yml.",
)
def question_without_rule(project: Project) -> Iterator[Found]:
    """A question of data/questions.yml without an intent, or a rule that looks up what is no question."""
    path = project.root / QUESTIONS_FILE
    intents = names(project, "intents")
    for intent in project.questions.by_intent:
        if intent not in intents:
            yield Found(
                path, nodes.place(project.tree(path), [intent]), f"There is no intent {intent} in domain.yml."
            )
    for block in project.blocks:
        for before, step in zip(block.steps, block.steps[1:], strict=False):
            looks_up = step.name == LOOKS_UP and before.kind == "intent" and before.name in intents
            if looks_up and before.name not in project.questions:
                what = f"{before.name} is looked up (in the {block.kind} {block.name!r}) and is not in data/questions.yml."
                yield Found(block.path, before.line, what)


@check(
    "long-rule",
    why="Rasa allows a rule one message of the person; training stops at a longer one.",
    mend="Make it a story in data/stories/.",
)
def long_rule(project: Project) -> Iterator[Found]:
    """A rule with more than one message of the person."""
    for block in project.blocks:
        turns = sum(step.kind == "intent" and not step.alternative for step in block.steps)
        if block.kind == "rule" and turns > 1:
            yield Found(
                block.path, block.line, f"The rule {block.name!r} has {turns} messages of the person."
            )


@check(
    "unknown-slot",
    why="Rasa can't fill or follow what does not exist.",
    mend="Mend the name, or add the form or slot to domain.yml.",
)
def unknown_slot(project: Project) -> Iterator[Found]:
    """A rule or story with a slot or form that domain.yml does not list."""
    slots, forms = names(project, "slots"), names(project, "forms")
    for block in project.blocks:
        for step in block.steps:
            if step.kind == "slot_was_set" and step.name not in slots:
                yield Found(
                    block.path,
                    step.line,
                    f"There is no slot {step.name} (in the {block.kind} {block.name!r}).",
                )
            if step.kind == "active_loop" and step.name not in {*forms, "", "null"}:
                yield Found(
                    block.path,
                    step.line,
                    f"There is no form {step.name} (in the {block.kind} {block.name!r}).",
                )


@check(
    "forms",
    why="Rasa asks for the slots of a form, and fills them only as the slot allows.",
    mend="Mend the name, or add the slot to the form.",
)
def forms(project: Project) -> Iterator[Found]:
    """A form and the mappings of slots that do not fit each other."""
    path, slots, known = project.root / DOMAIN, names(project, "slots"), names(project, "forms")
    asked: dict[str, set[str]] = {}
    for form, _, tree in project.part_of_domain("forms"):
        for slot in nodes.members(nodes.child(tree, "required_slots")):
            name = nodes.scalar(slot) or ""
            asked.setdefault(form, set()).add(name)
            if name not in slots:
                yield Found(path, nodes.line_of(slot), f"The form {form} asks for {name}, which is no slot.")
    for slot_name, mapping, loop in _mapped_in_forms(project):
        form, line = loop.value, nodes.line_of(loop)
        if form not in known:
            yield Found(path, line, f"The slot {slot_name} is mapped in the form {form}, which there is not.")
        elif slot_name not in asked.get(form, {slot_name}) and mapping != "from_trigger_intent":
            yield Found(
                path, line, f"The slot {slot_name} is mapped in the form {form}, which does not ask for it."
            )


def _mapped_in_forms(project: Project) -> Iterator[tuple[str, str, Any]]:
    """Slot, type of the mapping, and the node that names the form, of each mapping that is for a form."""
    for slot, _, tree in project.part_of_domain("slots"):
        for mapping in nodes.members(nodes.child(tree, "mappings")):
            for condition in nodes.members(nodes.child(mapping, "conditions")):
                loop = nodes.child(condition, "active_loop")
                if loop is not None and nodes.scalar(loop) not in (None, "null"):
                    yield slot, nodes.scalar(nodes.child(mapping, "type")) or "", loop
