"""Rasa's story test on all rules and stories, and talks in people's own words from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.core.test import FAILED_STORIES_FILE, REPORT_STORIES_FILE
from rasa.core.test import test as run_story_test
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.training_data.structures import StoryStep
from rasa.shared.importers.rasa import RasaFileImporter

ROOT = Path(__file__).resolve().parents[2]
TALKS = ROOT / "tests" / "stories" / "test_stories.yml"

OF_THE_CARE_POLICY = {
    "start_check_up",
    "stop_check_up",
    "answer_check_up",
    "affirm_care",
    "deny_care",
    "forget_chat",
}
NAMES = [talk["story"] for talk in yaml.safe_load(TALKS.read_text(encoding="utf-8"))["stories"]]
SILENT = (ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME)
OF_ALL_TALKS = 12  # at least so many


def rules_as_stories(to: Path) -> int:
    """Write every rule as a story, because Rasa's story test passes rules over; gives their number."""
    rules = [
        {"story": rule["rule"], "steps": rule["steps"]}
        for path in sorted((ROOT / "data" / "rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    ]
    to.write_text(yaml.safe_dump({"version": "3.1", "stories": rules}), encoding="utf-8")
    return len(rules)


async def run_stories(stories: Path, agent: Agent, out: Path) -> tuple[dict[str, Any], str]:
    """Rasa's verdict on some stories, and the failed ones as Rasa writes them down."""
    await run_story_test(str(stories), agent, out_directory=str(out), disable_plotting=True)
    report = yaml.safe_load((out / REPORT_STORIES_FILE).read_text(encoding="utf-8"))
    return report["conversation_accuracy"], (out / FAILED_STORIES_FILE).read_text(encoding="utf-8")


def steps_of(events: list[Event]) -> list[tuple[Any, ...]]:
    """What was meant and done: (intent, subjects) of each message and the name of each action."""
    steps: list[tuple[Any, ...]] = []
    for event in events:
        if isinstance(event, UserUttered):
            steps.append((event.intent_name, sorted((e["entity"], e["value"]) for e in event.entities)))
        elif isinstance(event, ActionExecuted) and event.action_name not in SILENT:
            steps.append((event.action_name,))
    return steps


@pytest.fixture(scope="module")
def talks() -> dict[str, StoryStep]:
    """The end-to-end stories by name, as Rasa reads them."""
    importer = RasaFileImporter(domain_path=str(ROOT / "domain.yml"), training_data_paths=[str(TALKS.parent)])
    return {step.block_name: step for step in importer.get_conversation_tests().story_steps}


async def test_every_rule_is_predicted_as_it_stands(agent: Agent, tmp_path: Path) -> None:
    count = rules_as_stories(tmp_path / "rules.yml")
    result, failed = await run_stories(tmp_path / "rules.yml", agent, tmp_path)
    assert result["correct"] == result["total"] == count, failed


async def test_every_story_is_predicted_as_it_stands(agent: Agent, tmp_path: Path) -> None:
    files = sorted((ROOT / "data" / "stories").glob("*.yml"))
    count = sum(len(yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]) for path in files)
    result, failed = await run_stories(ROOT / "data" / "stories", agent, tmp_path)
    assert result["correct"] == result["total"] == count, failed


@pytest.mark.parametrize("name", NAMES)
async def test_a_talk_goes_as_told(name: str, talks: dict[str, StoryStep], agent: Agent) -> None:
    sender = uuid4().hex
    for event in talks[name].events:
        if isinstance(event, UserUttered):
            await agent.handle_text(event.text, sender_id=sender)
    tracker = await agent.tracker_store.retrieve(sender)
    assert tracker is not None
    assert steps_of(list(tracker.events)) == steps_of(list(talks[name].events))


def test_the_talks_reach_every_intent(talks: dict[str, StoryStep], agent: Agent) -> None:
    heard = {e.intent_name for step in talks.values() for e in step.events if isinstance(e, UserUttered)}
    assert len(talks) == len(NAMES) >= OF_ALL_TALKS
    assert agent.domain is not None
    assert set(agent.domain.intents) - heard <= {"back", "restart", "session_start", *OF_THE_CARE_POLICY}, (
        "Rasa's own, never typed"
    )
    assert DEFAULT_NLU_FALLBACK_INTENT_NAME in heard
