"""Turns a talk as it ran into a story to learn from, and a test dialogue that holds Charley to it.

Texts are added at the end of the files, so that what stands there stays as it is, byte for byte.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from charley.trainers.anonymous import anonymous, has_placeholder
from charley.trainers.files import Draft, FileProblem, dump_yaml, parse_yaml, read
from charley.trainers.talks import Exchange, Talk

STORIES, RULES, DOMAIN = Path("data/stories"), Path("data/rules"), Path("domain.yml")
DIALOGUES = Path("tests/conversations/dialogues")
MAX_TURNS = 6  # of a test dialogue (tests/conversations/test_conversations.py): one case, not a whole day
MAX_NAME = 100  # characters
TOPIC = re.compile(r"[a-z][a-z0-9_]*")
CARE = "care"
NOT_UNDERSTOOD = "nlu_fallback"
Step = tuple[str, str]  # ("intent", its name) or ("action", its name)


class NotRecorded(ValueError):
    """A talk can't be kept like this; says why and what to do."""


@dataclass(frozen=True)
class Story:
    """What a talk is as a story.

    Attributes:
        steps: intents and actions in turn; none where it can't be a story.
        why_not: a sentence for the trainer, where none is to be written.
    """

    steps: Sequence[Step] = ()
    why_not: str = ""


def record(root: Path, talk: Talk, name: str, topic: str) -> list[Draft]:
    """The files that keep a talk: its test, and a story where it adds one (see `story_of`).

    Args:
        name: the case in a few words ("changed their mind"), the same in both files.
        topic: names the files; spaces and capitals are mended.

    Raises:
        NotRecorded: if the name is taken or the talk is none to test with.
        FileProblem: if a file is broken.
    """
    name, topic = " ".join(name.split()), topic_of(topic)
    test, story = dialogue(talk, name, root), story_of(root, talk)
    _check_name(root, name, story)
    drafts = [_appended(root / DIALOGUES / f"{topic}.yml", test)]
    if not story.why_not:
        drafts.insert(
            0, _appended(root / STORIES / f"{topic}.yml", _story_text(name, story.steps), "stories")
        )
    return drafts


def dialogue(talk: Talk, name: str, root: Path = Path()) -> str:
    """The test of a talk in YAML: what was said, anonymised, and what Charley did, as expected from now on.

    Raises:
        NotRecorded: if the talk has no turns or too many, or a turn names someone.
    """
    if not talk.turns:
        raise NotRecorded("Nothing was said in this talk, so there is nothing to keep.")
    if len(talk.turns) > MAX_TURNS:
        raise NotRecorded(
            f"This talk has {len(talk.turns)} turns; a test has {MAX_TURNS} at most. Keep the part that shows the case."
        )
    turns = [_turn(turn, number, root) for number, turn in enumerate(talk.turns, start=1)]
    return dump_yaml(CommentedSeq([CommentedMap(name=name, turns=turns)]))


def story_of(root: Path, talk: Talk) -> Story:
    """The talk as a story of Rasa's: what each message was taken for and what the rules do then.

    Care replies are left out, as the rules never see them. No entities and slots are written, as none
    of them steers a talk (domain.yml: `influence_conversation`).
    """
    rules, steps = _rules(root), list[Step]()
    for number, turn in enumerate(talk.turns, start=1):
        rule = rules.get(turn.intent or "")
        again = turn.intent == NOT_UNDERSTOOD and ("intent", NOT_UNDERSTOOD) in steps
        if rule is None or again or set(turn.kinds) <= {CARE}:
            return Story(
                why_not=f"Turn {number} is answered by the care policy, which no story may overrule."
            )
        steps += rule
    if len(talk.turns) < 2:
        return Story(steps, "One turn is a rule already.")
    for other, known in stories(root).items():
        if any(known[n : n + len(steps)] == steps for n in range(len(known))):
            return Story(steps, f"The story {other!r} tells this already.")
    return Story(steps)


def part(talk: Talk, first: int, last: int) -> Talk:
    """Turns of a talk, both counted from 1 and kept."""
    return Talk(talk.id, talk.turns[first - 1 : last])


def topic_of(words: str) -> str:
    """The name of a topic's files, made of what a trainer called it.

    Raises:
        NotRecorded: if it can't be made into one.
    """
    topic = re.sub(r"[\s-]+", "_", words.strip().lower())
    if not TOPIC.fullmatch(topic):
        raise NotRecorded(f"{words!r} is no topic. Use a word or two in plain letters, such as: zinc")
    return topic


def stories(root: Path) -> dict[str, list[Step]]:
    """Every story of data/stories/ by name, as its intents and actions."""
    return {
        each["story"]: list(_steps(each))
        for path in sorted((root / STORIES).glob("*.yml"))
        for each in _loaded(path).get("stories") or []
    }


def _rules(root: Path) -> dict[str, list[Step]]:
    """Intent → the steps of the rule for it."""
    found = {}
    for path in sorted((root / RULES).glob("*.yml")):
        for rule in _loaded(path).get("rules") or []:
            steps = list(_steps(rule))
            if steps and [kind for kind, _ in steps].count("intent") == 1:
                found[steps[0][1]] = steps
    return found


def _steps(block: Mapping[str, Any]) -> Iterator[Step]:
    for step in block.get("steps") or []:
        for kind in ("intent", "action"):
            if kind in step:
                yield kind, step[kind]


def _loaded(path: Path) -> Any:
    text = read(path)
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return parse_yaml(path, text)  # says where it is broken


def _check_name(root: Path, name: str, story: Story) -> None:
    """A name belongs to one case; a story that has no test yet gives its own to the test of the same talk."""
    if not name or len(name) > MAX_NAME:
        raise NotRecorded(
            f"A case needs a name of 1 to {MAX_NAME} letters, such as: asks again after a detour"
        )
    taken = {each["name"].casefold() for path in (root / DIALOGUES).glob("*.yml") for each in _loaded(path)}
    taken |= {other.casefold() for other, steps in stories(root).items() if steps != story.steps}
    if name.casefold() in taken:
        raise NotRecorded(f"There is a case named {name!r} already. Give this one another name.")


def _turn(turn: Exchange, number: int, root: Path) -> CommentedMap:
    expected = (
        CommentedMap(press=turn.pressed) if turn.pressed else CommentedMap(user=_to_say(turn, number, root))
    )
    if turn.intent and not turn.pressed:
        expected["intent"] = turn.intent
    expected["kinds"] = _in_a_line(turn.kinds)
    expected["facts"] = _in_a_line(turn.fact_ids) if turn.fact_ids else "none"
    expected["care_level"] = turn.care_level
    return expected


def _to_say(turn: Exchange, number: int, root: Path) -> str:
    said = anonymous(turn.said, root)
    if has_placeholder(said):
        raise NotRecorded(
            f"Turn {number} may tell of a person, or holds a word that I do not know: {said!r}. "
            "Say it again in plain words."
        )
    return said


def _in_a_line(values: Sequence[str]) -> CommentedSeq:
    line = CommentedSeq(values)
    line.fa.set_flow_style()
    return line


def _story_text(name: str, steps: Sequence[Step]) -> str:
    return dump_yaml([{"story": name, "steps": [{kind: value} for kind, value in steps]}])


def _appended(path: Path, block: str, key: str | None = None) -> Draft:
    """A file with a block added to the list that it holds, or a new one.

    Args:
        block: a list of one, in YAML.
        key: what the list stands under; None where it is the whole file.
    """
    opening = f'version: "3.1"\n\n{key}:\n' if key else ""
    if not path.exists():
        return Draft(path, None, opening + block)
    before = read(path)
    held = _list_in(parse_yaml(path, before), key)
    newline = "\r\n" if "\r\n" in before else "\n"
    start = before if before.endswith("\n") or not before else before + newline
    between = newline if key and held else ""
    added = textwrap.indent(block, " " * (held.lc.col if held else 0)).replace("\n", newline)
    text = start + between + added
    if not _holds(path, text, [*(held or []), *yaml.safe_load(block)], key):
        raise FileProblem(path, None, "does not end with its list. Put anything else above the list.")
    return Draft(path, before, text)


def _list_in(loaded: Any, key: str | None) -> Any:
    return (loaded or {}).get(key) if key else loaded


def _holds(path: Path, text: str, expected: list[Any], key: str | None) -> bool:
    try:
        return bool(_list_in(parse_yaml(path, text), key) == expected)
    except FileProblem:
        return False
