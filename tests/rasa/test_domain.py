"""What domain.yml, the rules and the examples promise each other."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rapidfuzz import fuzz, process
from rasa_sdk.executor import ActionExecutor

from actions import answers
from charley.answers import Kind
from charley.answers.questions import MAX_TITLE
from charley.care.levels import CareLevel
from charley.trainers.check.dialogue import OF_THE_CARE_POLICY
from charley.trainers.check.examples import MAX_IMBALANCE, MIN_EXAMPLES, NEVER_TRAINED
from charley.trainers.check.examples import wording as plain
from tests.conftest import Talk

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from charley.rasa.assistant import Assistant

ROOT = Path(__file__).resolve().parents[2]
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
CARE_RESPONSES = sorted(name for name in RESPONSES if name.startswith("utter_care_"))
EMERGENCY_RESPONSES = ["utter_care_emergency", "utter_care_crisis", "utter_care_crisis_and_emergency"]
MAX_EMERGENCY_WORDS = 60
NOT_OF_THE_DOMAIN = ("action_session_start", "action_validate_slot_mappings")


def blocks(folder: str, key: str) -> Iterator[dict[str, Any]]:
    for path in sorted((ROOT / "data" / folder).glob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))[key]


def examples() -> list[tuple[str, str]]:
    """Every training example, with its intent."""
    return [
        (line[2:].strip(), block["intent"])
        for block in blocks("nlu", "nlu")
        for line in block["examples"].splitlines()
    ]


def buttons() -> list[dict[str, str]]:
    return [b for variations in RESPONSES.values() for v in variations for b in v.get("buttons", [])]


async def rendered(assistant: Assistant, name: str, country: str | None) -> str:
    """The text of a response as someone in this country gets it."""
    from rasa.shared.core.events import UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    tracker = DialogueStateTracker("nobody", assistant._agent.domain.slots)
    tracker.update(UserUttered("hi", metadata={"country": country} if country else {}))
    message = await assistant._agent.nlg.generate(name, tracker, "rest")
    text: str = message["text"]
    return text


def names_in(value: Any) -> Iterator[str]:
    """Every key and every string anywhere in a piece of YAML."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("intent", [i for i in DOMAIN["intents"] if i not in OF_THE_CARE_POLICY])
def test_an_intent_has_exactly_one_rule(intent: str) -> None:
    triggers = Counter(
        step["intent"] for rule in blocks("rules", "rules") for step in rule["steps"] if "intent" in step
    )
    assert triggers[intent] == 1


def test_rules_and_stories_use_no_intent_and_no_action_outside_the_domain() -> None:
    steps = [s for part in ("rules", "stories") for block in blocks(part, part) for s in block["steps"]]
    assert {s["intent"] for s in steps if "intent" in s} <= set(DOMAIN["intents"])
    assert {s["action"] for s in steps if "action" in s} <= {*DOMAIN["actions"], *RESPONSES}


def test_the_domains_actions_are_those_of_the_action_server() -> None:
    classes = (answers.AnswerQuestion, answers.TellMore, answers.ShowSources, answers.StartAgain)
    assert {action().name() for action in classes} == set(DOMAIN["actions"])


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_has_one_variation_and_the_metadata_of_a_reply(name: str) -> None:
    (variation,) = RESPONSES[name]
    assert variation["text"].strip()
    assert variation["metadata"]["kind"] in {kind.value for kind in Kind}
    assert variation["metadata"]["fact_ids"] == variation["metadata"]["sources"] == []


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_leaves_nothing_open_that_is_not_always_filled_in(name: str) -> None:
    from charley.rasa.responses import UNKNOWN

    left_open = {part for _, part, *_ in Formatter().parse(RESPONSES[name][0]["text"]) if part is not None}
    assert left_open <= set(UNKNOWN)


@pytest.mark.parametrize("name", RESPONSES)
async def test_a_response_renders_whole_with_every_slot_empty(name: str, assistant: Assistant) -> None:
    from rasa.shared.core.trackers import DialogueStateTracker

    agent = assistant._agent
    tracker = DialogueStateTracker("nobody", agent.domain.slots)
    assert not any(tracker.current_slot_values().values())
    message = await agent.nlg.generate(name, tracker, "rest")
    assert message is not None
    assert re.search(r"[{}]", message["text"]) is None
    assert re.search(r"  | [.,:]|\bcall (?:now|at once)|\A\s|\s\Z", message["text"]) is None
    assert message["metadata"]["care_level"] == CareLevel.NONE.value


def test_no_response_needs_a_slot() -> None:
    assert [slot for slot in DOMAIN["slots"] if f"{{{slot}}}" in str(RESPONSES)] == []


@pytest.mark.parametrize("name", CARE_RESPONSES)
def test_a_care_response_has_exactly_one_variation(name: str) -> None:
    assert len(RESPONSES[name]) == 1
    assert "condition" not in RESPONSES[name][0]
    assert "channel" not in RESPONSES[name][0]


@pytest.mark.parametrize("country", [None, "US", "GB", "IE", "NZ"])
@pytest.mark.parametrize("name", EMERGENCY_RESPONSES)
async def test_an_emergency_reply_has_at_most_sixty_words(
    name: str, country: str | None, assistant: Assistant
) -> None:
    assert len((await rendered(assistant, name, country)).split()) <= MAX_EMERGENCY_WORDS


@pytest.mark.parametrize("country", [None, "US", "GB", "IE", "NZ"])
@pytest.mark.parametrize("name", EMERGENCY_RESPONSES)
async def test_an_emergency_reply_says_in_its_first_sentence_what_to_do(
    name: str, country: str | None, assistant: Assistant
) -> None:
    text = await rendered(assistant, name, country)
    assert text.startswith(("Call ", "Please talk to someone now."))


@pytest.mark.parametrize("name", EMERGENCY_RESPONSES)
def test_an_emergency_reply_needs_nothing_but_the_numbers(name: str) -> None:
    left_open = {part for _, part, *_ in Formatter().parse(RESPONSES[name][0]["text"]) if part is not None}
    assert "emergency_number" in left_open
    assert left_open <= {"emergency_number", "crisis_line"}
    assert "buttons" not in RESPONSES[name][0]


@pytest.mark.parametrize("level", [level.value for level in CareLevel if level is not CareLevel.NONE])
def test_every_care_level_has_its_reply(level: str) -> None:
    assert RESPONSES[f"utter_care_{level}"][0]["metadata"]["kind"] == "care"


@pytest.mark.parametrize("name", NOT_OF_THE_DOMAIN)
def test_the_domain_overrides_none_of_rasas_session_and_slot_actions(name: str) -> None:
    assert name not in set(names_in(DOMAIN))


def test_the_domain_has_no_forms() -> None:
    assert not DOMAIN.get("forms")


def test_rules_and_stories_run_none_of_rasas_session_and_slot_actions() -> None:
    steps = [s for part in ("rules", "stories") for block in blocks(part, part) for s in block["steps"]]
    assert {step.get("action") for step in steps}.isdisjoint(NOT_OF_THE_DOMAIN)


def test_the_action_server_overrides_none_of_rasas_own_actions() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == set(DOMAIN["actions"])


def test_nothing_validates_slots_or_asks_for_them() -> None:
    assert [
        n for n in names_in(DOMAIN) if n.startswith(("validate_", "action_ask_", "action_validate_"))
    ] == []


def test_no_slot_is_mapped_by_an_action_or_from_a_message() -> None:
    mappings = [mapping for slot in DOMAIN["slots"].values() for mapping in slot["mappings"]]
    assert mappings
    assert all(mapping == {"type": "custom"} for mapping in mappings)
    assert "from_text" not in set(names_in(DOMAIN))


@pytest.mark.parametrize("payload", sorted({button["payload"] for button in buttons()}))
async def test_a_button_of_the_domain_is_let_in(payload: str, talk: Talk) -> None:
    (turn,) = await talk({"payload": payload, "title": "pressed"})
    assert turn.intent is not None, "it reached Rasa"
    assert turn.intent["name"] == payload.strip("/")


def test_the_titles_of_buttons_fit_every_channel() -> None:
    assert [b["title"] for b in buttons() if len(b["title"]) > MAX_TITLE] == []


def test_every_intent_but_the_classifiers_own_has_examples() -> None:
    assert {intent for _, intent in examples()} == set(DOMAIN["intents"]) - NEVER_TRAINED


def test_every_intent_in_scope_has_enough_examples() -> None:
    counts = Counter(intent for _, intent in examples() if not intent.startswith("out_of_scope"))
    assert {intent: n for intent, n in counts.items() if n < MIN_EXAMPLES} == {}


def test_intents_in_scope_are_balanced() -> None:
    counts = Counter(intent for _, intent in examples() if not intent.startswith("out_of_scope"))
    assert max(counts.values()) <= MAX_IMBALANCE * min(counts.values())


def test_no_example_stands_twice_in_one_intent() -> None:
    counts = Counter((plain(text), intent) for text, intent in examples())
    assert [pair for pair, n in counts.items() if n > 1] == []


ALMOST_THE_SAME = 90  # of 100
UNSEEN = sorted(
    path
    for folder in ("held_out", "development", "conversations")
    for path in (ROOT / "tests" / folder).glob("*.csv")
)


def test_no_example_stands_in_two_intents() -> None:
    owners: dict[str, set[str]] = {}
    for text, intent in examples():
        owners.setdefault(plain(text), set()).add(intent)
    assert {text: intents for text, intents in owners.items() if len(intents) > 1} == {}


@pytest.mark.parametrize("path", UNSEEN, ids=lambda path: path.name)
@pytest.mark.parametrize("likeness", [fuzz.ratio, fuzz.token_sort_ratio], ids=["letters", "words"])
def test_no_message_to_be_tested_with_is_nearly_a_training_example(path: Path, likeness: Any) -> None:
    # token_set_ratio won't do: it gives 100 to any message that holds all the words of an example
    # ("magnesium", "and"), and so to most.
    trained = [plain(text) for text, _ in examples()]
    with path.open(encoding="utf-8", newline="") as file:
        messages = [row.get("text") or row["question"] for row in csv.DictReader(file)]
    alike = process.cdist(
        [plain(m) for m in messages], trained, scorer=likeness, score_cutoff=ALMOST_THE_SAME
    )
    assert [m for m, scores in zip(messages, alike, strict=True) if scores.any()] == []
