"""Checks of what the intents are learnt from (data/nlu/)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from charley.reading.names import plural
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.parts import MARK, Message, Origin
from charley.trainers.check.project import DOMAIN, NLU, Project

# Set by the classifier or pressed on a button, never learnt from examples.
NEVER_TRAINED = frozenset({"not_english", "nlu_fallback", "answer_check_up", "affirm_care", "deny_care"})
OUT_OF_SCOPE = "out_of_scope"  # begins the intents that stand for all the rest, so may be larger
MIN_EXAMPLES = 40
MAX_IMBALANCE = 3  # of the largest intent in scope to the smallest


def wording(text: str) -> str:
    """A message in lower case, without punctuation, in single spaces: what makes two the same."""
    return " ".join(re.sub(r"[^\w\s]", "", text.lower()).split())


def at(project: Project, message: Message) -> str:
    return f"{project.name(message.path)}:{message.line}"


def counts(examples: Sequence[Message]) -> Counter[str]:
    """How many examples each intent in scope has."""
    return Counter(e.label for e in examples if not e.label.startswith(OUT_OF_SCOPE))


@check(
    "intent-without-examples",
    why="The model never learns it, so that nobody is ever understood to want it.",
    mend="Write examples in data/nlu/, or take the intent out of domain.yml.",
)
def intent_without_examples(project: Project) -> Iterator[Found]:
    """An intent of domain.yml that has no example."""
    project.readable(NLU)
    trained = {example.label for example in project.examples}
    for name, line, _ in project.part_of_domain("intents"):
        if name not in trained and name not in NEVER_TRAINED:
            yield Found(project.root / DOMAIN, line, f"The intent {name} has no example.")


@check(
    "intent-not-in-domain",
    why="Rasa passes over intents that domain.yml does not list.",
    mend="Add the intent to domain.yml, or mend its name.",
)
def intent_not_in_domain(project: Project) -> Iterator[Found]:
    """Examples of an intent that domain.yml does not list."""
    known = {name for name, _, _ in project.part_of_domain("intents")}
    told: set[str] = set()
    for example in project.examples:
        if example.label not in known and example.label not in told:
            told.add(example.label)
            yield Found(example.path, example.line - 1, f"The intent {example.label} is not in domain.yml.")


@check(
    "example-in-two-intents",
    why="The model is told two things of the same message and learns neither.",
    mend="Decide which of the two is meant and delete the other.",
)
def example_in_two_intents(project: Project) -> Iterator[Found]:
    """The same example in two intents."""
    first: dict[str, Message] = {}
    for example in project.examples:
        other = first.setdefault(wording(example.text), example)
        if other.label != example.label:
            yield Found(
                example.path,
                example.line,
                f"{example.text!r} is an example of {example.label} here and of {other.label} at {at(project, other)}.",
            )


@check(
    "nearly-in-two-intents",
    why="Where one word alone decides, the model may learn the wrong one.",
    mend="See that the one word does make the difference; if not, delete one of the two.",
    severity=Severity.NOTE,
)
def nearly_in_two_intents(project: Project) -> Iterator[Found]:
    """Examples of two intents that share all words but one."""
    for one, other in project.twins:
        both = one.origin is other.origin is Origin.EXAMPLE
        if both and one.label != other.label and wording(one.text) != wording(other.text):
            yield Found(
                other.path,
                other.line,
                f"{other.text!r} ({other.label}) is nearly {one.text!r} ({one.label}) at {at(project, one)}.",
            )


@check(
    "example-twice",
    why="It counts double in the model, and hides how many examples the intent really has.",
    mend="Delete the second.",
    fixable=True,
)
def example_twice(project: Project) -> Iterator[Found]:
    """An example that stands twice in one intent, letter by letter."""
    first: dict[tuple[str, str], Message] = {}
    for example in project.examples:
        other = first.setdefault((example.label, example.marked), example)
        if other is not example:
            yield Found(
                example.path, example.line, f"{example.text!r} stands at {at(project, other)} already."
            )


@check(
    "example-almost-twice",
    why="Letter case and punctuation make no new example.",
    mend="Delete one of the two, or word it in another way.",
)
def example_almost_twice(project: Project) -> Iterator[Found]:
    """An example that stands twice in one intent but for case and punctuation."""
    first: dict[tuple[str, str], Message] = {}
    for example in project.examples:
        other = first.setdefault((example.label, wording(example.text)), example)
        if other.marked != example.marked:
            yield Found(
                example.path, example.line, f"{example.text!r} is {other.text!r} at {at(project, other)}."
            )


@check(
    "too-few-examples",
    why="An intent with few examples is missed by most who want it.",
    mend=f"Write at least {MIN_EXAMPLES}, each as another kind of person would say it.",
)
def too_few_examples(project: Project) -> Iterator[Found]:
    """An intent in scope with fewer than 40 examples."""
    project.readable(NLU)
    for intent, count in counts(project.examples).items():
        if count < MIN_EXAMPLES:
            first = next(e for e in project.examples if e.label == intent)
            yield Found(
                first.path, first.line - 1, f"{intent} has {count} examples; {MIN_EXAMPLES} at least."
            )


@check(
    "imbalance",
    why="What has many more examples than the rest is guessed where nothing fits.",
    mend="Write more examples of the smallest intents, or take the weakest out of the largest.",
)
def imbalance(project: Project) -> Iterator[Found]:
    """An intent in scope with more than three times as many examples as the smallest."""
    project.readable(NLU)
    sizes = counts(project.examples)
    if not sizes:
        return
    smallest, least = min(sizes.items(), key=lambda size: size[1])
    for intent, count in sizes.items():
        if count > MAX_IMBALANCE * least:
            first = next(e for e in project.examples if e.label == intent)
            what = (
                f"{intent} has {count} examples, {smallest} {least}: more than {MAX_IMBALANCE} times as many."
            )
            yield Found(first.path, first.line - 1, what)


@check(
    "entity-annotation",
    why="The model would learn to find a subject that the fact table does not know.",
    mend="Mark only names in data/facts/subjects.csv, with the entities of domain.yml: [nuts](subject), or "
    '[pee pills]{"entity": "subject", "value": "diuretics"}.',
)
def entity_annotation(project: Project) -> Iterator[Found]:
    """A marked entity that domain.yml does not list, or a marked subject that is not in the fact table."""
    entities = {name: value for name, _, value in project.part_of_domain("entities")}
    subjects = project.table.subjects.values()
    names = {form.lower(): s.id for s in subjects for name in s.all_names for form in (plural(name), name)}
    for message in (*project.examples, *project.tests):
        for mark in MARK.finditer(message.marked):
            what = _wrong_with(mark, set(entities), names, set(project.table.subjects))
            if what:
                yield Found(message.path, message.line, f"{mark[0]}: {what}.")


def _wrong_with(mark: re.Match[str], entities: set[str], names: dict[str, str], ids: set[str]) -> str:
    """What is wrong with one annotation; empty if nothing is."""
    if mark["json"] is not None:
        try:
            told = json.loads(f"{{{mark['json']}}}")
        except ValueError:
            return "what stands in braces is not JSON"
    else:
        entity, _, value = mark["entity"].partition(":")
        told = {"entity": entity, **({"value": value} if value else {})}
    entity, value = told.get("entity"), told.get("value")
    if entity not in entities:
        return f"there is no entity {entity!r} in domain.yml"
    if entity == "subject" and value and value not in ids:
        return f"there is no subject {value!r}"
    if entity == "subject" and not value and mark["text"].lower() not in names:
        return f"{mark['text']!r} is no name of a subject"
    if entity == "subject" and value and names.get(mark["text"].lower(), value) != value:
        return f"{mark['text']!r} is a name of {names[mark['text'].lower()]}"
    return ""
