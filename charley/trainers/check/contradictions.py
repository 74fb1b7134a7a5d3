"""Rules and stories that contradict each other, which Rasa itself finds only when it trains.

What Rasa's RulePolicy does in training (rasa/core/policies/rule_policy.py, `_analyze_rules`) and its
validator for stories (rasa/core/training/story_conflict.py), on the states that rasa.shared makes:
both modules themselves import TensorFlow, which takes ten seconds. Talks within a form are left to
training.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from charley.trainers.check.finding import Found, check
from charley.trainers.check.parts import Block
from charley.trainers.check.project import CONFIG, Project
from charley.trainers.check.rasa_reading import read_talks

if TYPE_CHECKING:
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.generator import TrackerWithCachedStates

State = Mapping[str, Mapping[str, Any]]
PREVIOUS, ACTION_NAME, LISTEN, SNIPPET = "prev_action", "action_name", "action_listen", "..."
NOT_SET = "should_not_be_set"  # Rasa's mark for a slot or form that a rule wants empty


@dataclass(frozen=True)
class Turn:
    """One action of a rule or story, and the states of the talk before it."""

    talk: str
    of_rule: bool
    states: tuple[State, ...]
    action: str
    after_snippet: bool


@lru_cache(maxsize=1)
def turns_of(project: Project) -> list[Turn]:
    """Every action of every rule and story that Rasa does not hold for unpredictable, in file order."""
    talks, domain = read_talks(project)
    order = {block.name: number for number, block in enumerate(project.blocks)}
    talks.sort(key=lambda talk: order.get(talk.sender_id, 0))
    return [turn for talk in talks for turn in _turns(talk, domain)]


def _turns(talk: TrackerWithCachedStates, domain: Domain) -> Iterator[Turn]:
    from rasa.shared.core.events import ActionExecuted, ActiveLoop

    events = talk.applied_events()
    if any(isinstance(event, ActiveLoop) for event in events):
        return
    states = [_without_text(state) for state in talk.past_states(domain, talk.is_rule_tracker)]
    actions = [event for event in events if isinstance(event, ActionExecuted)]
    after_snippet = True  # the first action can't be foretold
    for index, event in enumerate(actions):
        name = event.action_name or event.action_text or ""
        if name != SNIPPET and not event.unpredictable:
            before = tuple(states[: index + 1])
            yield Turn(talk.sender_id, talk.is_rule_tracker, before, name, after_snippet)
        after_snippet = name == SNIPPET


def _without_text(state: dict[str, dict[str, Any]]) -> State:
    user = state.get("user", {})
    return {**state, "user": {k: v for k, v in user.items() if k != "text"}} if "intent" in user else state


def key_of(states: Iterable[State]) -> str:
    """The states since the last `...` as text: what one rule asks for."""
    kept: list[State] = []
    for state in states:
        kept = [] if state.get(PREVIOUS, {}).get(ACTION_NAME) == SNIPPET else [*kept, state]
    return json.dumps(kept, sort_keys=True) if kept else ""


def applies(rule: list[State], talk: tuple[State, ...]) -> bool:
    """Whether a talk ends in the states that a rule asks for."""
    for wanted, state in zip(reversed(rule), reversed(talk), strict=False):
        if not wanted.get(PREVIOUS) and not state.get(PREVIOUS):
            return True  # both have come to the beginning
        if bool(wanted.get(PREVIOUS)) != bool(state.get(PREVIOUS)) or not _holds(wanted, state):
            return False
    return len(rule) <= len(talk)


def _holds(wanted: State, state: State) -> bool:
    for kind, part in wanted.items():
        for name, value in part.items():
            found = state.get(kind, {}).get(name)
            if value == NOT_SET:
                if found and found != NOT_SET:
                    return False
            elif value and found != (tuple(value) if isinstance(value, list) else value):
                return False
    return True


class RuleBook:
    """What all rules together foretell."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._actions: dict[str, str] = {}
        self._rules: dict[str, set[tuple[str, str]]] = defaultdict(set)  # key -> (rule, its action)
        of_rules = [turn for turn in turns if turn.of_rule]
        for turn in of_rules:
            if key := key_of(turn.states):
                self._actions[key] = turn.action
        self._states: dict[str, list[State]] = {key: json.loads(key) for key in self._actions}
        for turn in of_rules:
            if not turn.after_snippet and (key := self._best(turn)):
                self._rules[key].add((turn.talk, turn.action))

    def _best(self, turn: Turn) -> str:
        return max((k for k, rule in self._states.items() if applies(rule, turn.states)), key=len, default="")

    def against(self, turn: Turn) -> tuple[list[str], str]:
        """The rules that contradict a turn, and what they would do instead."""
        key = "" if turn.after_snippet else self._best(turn)
        if not key or self._actions[key] == turn.action or self._only_ends(key, turn):
            return [], ""
        names = sorted({rule for rule, action in self._rules[key] if action != turn.action})
        return names, self._actions[key]

    def _only_ends(self, key: str, turn: Turn) -> bool:
        """Whether the rule only says to listen after its action, where another goes on from there."""
        return (
            not turn.of_rule
            and key.count(PREVIOUS) <= 1
            and self._actions[key] == LISTEN
            and any(other.startswith(key[:-2]) and other != key for other in self._actions)
        )


def place_of(project: Project, talk: str, action: str) -> tuple[Block, int] | None:
    """The rule or story of a talk that has the action, and the action's line (the block's, if it has none)."""
    blocks = [b for b in project.blocks if b.name in talk.split(" > ") or b.name == talk]
    for block in blocks:
        for step in block.steps:
            if step.name == action:
                return block, step.line
    return (blocks[0], blocks[0].line) if blocks else None


@check(
    "rule-contradiction",
    why="Training stops at rules that demand two things at once; a rule always wins over a story.",
    mend="Change one of the two, or put a condition into the rule.",
)
def rule_contradiction(project: Project) -> Iterator[Found]:
    """A rule or story in which something else follows than a rule says."""
    turns = turns_of(project)
    book = RuleBook(turns)
    told: set[tuple[str, str]] = set()
    for turn in turns:
        names, instead = book.against(turn)
        place = place_of(project, turn.talk, turn.action)
        if not names or place is None or (turn.talk, turn.action) in told:
            continue
        told.add((turn.talk, turn.action))
        block, line = place
        rules = " and ".join(repr(name) for name in names)
        what = f"In the {block.kind} {block.name!r} {turn.action} follows, where by the rule {rules} it is {instead}."
        yield Found(block.path, line, what)


def longest_memory(project: Project) -> int | None:
    """How many steps the policies that learn stories look back; None for all."""
    policies = project.config.get("policies") or []
    memories = [p["max_history"] for p in policies if isinstance(p, dict) and p.get("max_history")]
    return max(memories, default=None)


@check(
    "story-conflict",
    why="Of two stories that are alike up to here and go on differently, only one can be learnt.",
    mend="Let both go on the same way, or make what comes before differ.",
)
def story_conflict(project: Project) -> Iterator[Found]:
    """Two stories in which different actions follow the same talk."""
    project.readable(CONFIG)
    memory = longest_memory(project) or 0
    after: dict[str, dict[str, str]] = defaultdict(dict)  # states -> action -> first story
    for turn in turns_of(project):
        if turn.of_rule or turn.after_snippet:
            continue
        known = after[json.dumps(turn.states[-memory:], sort_keys=True)]
        if known and turn.action not in known:
            action, story = next(iter(known.items()))
            place = place_of(project, turn.talk, turn.action)
            if place is not None:
                block, line = place
                what = f"In the story {block.name!r} {turn.action} follows, where in the story {story!r} it is {action}."
                yield Found(block.path, line, what)
        known.setdefault(turn.action, turn.talk)
