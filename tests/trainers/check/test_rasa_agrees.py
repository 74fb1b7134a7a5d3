"""What Rasa's own validator and training complain of, `charley check` names too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from charley.trainers.check import Project, run
from charley.trainers.check.rasa_reading import read_domain, read_talks
from tests.trainers.check.test_checks import (
    A_RESPONSE,
    A_RULE,
    A_STORY,
    CONFIG,
    DOMAIN,
    FORM,
    NLU,
    RULES,
    SLOT,
    STORIES,
    Edit,
    add,
    put,
)

pytestmark = pytest.mark.slow

# An edit, what Rasa says of it, and the check that says it too.
COMPLAINTS: list[tuple[Edit, str, str]] = [
    (put(DOMAIN, "- greet\n", "- greet\n- moon_alone\n"), r"intent 'moon_alone' is listed in the domain file, but", "intent-without-examples"),
    (put(DOMAIN, "- thank\n", "- thank\n- moon_unused\n"), r"intent 'moon_unused' is not used in any story or rule", "intent-without-rule"),
    (add(NLU, "- intent: moon_lost\n  examples: |\n    - full?\n"), r"intent 'moon_lost'. This intent is not listed", "intent-not-in-domain"),
    (put(NLU, "- greet7\n", "- askrelief7\n"), r"example 'askrelief7' was found labeled with multiple", "example-in-two-intents"),
    (add(RULES, A_RULE.format("moon_rise", "utter_moon_rise").replace("Another one", "moon one")), r"intent 'moon_rise' is used in your stories, but", "unknown-intent"),
    (lambda root: None, r"action 'utter_moon_rise' is used in the stories, but is not a valid", "unknown-action"),
    (add(RULES, A_RULE.format("moon_alone", "action_moon_set").replace("Another one", "moon two")), r"action 'action_moon_set' is used in the 'moon two' block", "unknown-action"),
    (put(DOMAIN, "responses:\n", f"responses:\n{A_RESPONSE}"), r"utterance 'utter_moon' is not used in any story or rule", "unused-response"),
    (put(DOMAIN, "\nactions:\n", SLOT.format("moon_lost_form")), r"mapping condition for form 'moon_lost_form' which is not listed", "forms"),
    (add(DOMAIN, FORM.format("moon_gone_slot")), r"form slot 'moon_gone_slot' in form 'moon_form' is not present", "forms"),
    (add(STORIES, A_STORY.format("  - intent: greet\n  - action: utter_greet\n  - active_loop: moon_other_form\n")), r"form 'moon_other_form' is used in the", "unknown-slot"),
    (add(STORIES, A_STORY.replace("another one", "moon story").format("  - intent: ask_causes\n  - action: action_answer_question\n  - intent: ask_more\n  - action: utter_help\n")), r"Story structure conflict after intent 'ask_more'", "story-conflict"),
    (put(CONFIG, "assistant_id: charley\n", ""), r"missing the 'assistant_id' mandatory key", "configuration"),
]  # fmt: skip

REFUSED: list[tuple[Edit, str]] = [
    (put(DOMAIN, "- greet\n", "- greet\n- thank\n"), "Intents are not unique"),
    (put(DOMAIN, "    type: any\n", "    type: moon\n"), "Failed to find slot type"),
    (put(DOMAIN, "mappings: [{type: custom}]", "mappings: [{type: moon}]"), "moon"),
    (put(DOMAIN, "responses:\n", "responses:\n  utter_moon: [{test: full}]\n"), "Failed to validate"),
]

CONTRADICTING: list[Edit] = [
    add(RULES, A_RULE.format("greet", "utter_help")),
    add(RULES, A_RULE.format("greet", "utter_greet\n  - action: utter_help")),
    put(
        STORIES,
        "  - intent: ask_person\n  - action: utter_person",
        "  - intent: ask_person\n  - action: utter_help",
    ),
    add(STORIES, A_STORY.format("  - intent: thank\n  - action: utter_welcome\n  - action: utter_help\n")),
    add(
        STORIES,
        A_STORY.format("  - or:\n    - intent: thank\n    - intent: greet\n  - action: utter_welcome\n"),
    ),
    add(
        RULES,
        "\n- rule: At first\n  conversation_start: true\n  steps:\n  - intent: greet\n  - action: utter_help\n",
    ),
]

AGREEING: list[Edit] = [
    lambda root: None,
    add(RULES, A_RULE.format("greet", "utter_greet")),
    add(STORIES, A_STORY.format("  - intent: thank\n  - action: utter_welcome\n  - intent: greet\n  - action: utter_greet\n")),
    add(STORIES, A_STORY.format("  - or:\n    - intent: ask_relief\n    - intent: ask_causes\n  - action: action_answer_question\n")),
    put(RULES, "  - action: action_answer_question\n", "  - action: action_answer_question\n  wait_for_user_input: false\n"),
    add(RULES, "\n- rule: What follows\n  steps:\n  - action: utter_decline\n  - intent: moonlight\n  - action: utter_help\n"),
]  # fmt: skip


def validated(root: Path) -> str:
    """Everything that `rasa data validate` says, in one line."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "rasa",
            "data",
            "validate",
            "--data",
            "data/nlu",
            "data/rules",
            "data/stories",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "NO_COLOR": "1"},
    )
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr).split())


def test_whatever_the_validator_complains_of_is_found_by_name(small: Path) -> None:
    for edit, _, _ in COMPLAINTS:
        edit(small)
    told, found = validated(small), run(small)
    for _, words, check in COMPLAINTS:
        assert re.search(words, told), f"Rasa does not say {words}"
        assert check in {finding.check for finding in found}
    named = set(re.findall(r"'(\w*moon_\w+)'", told))
    assert len(named) >= 7
    assert {name for name in named if not any(name in finding.what for finding in found)} == set()


@pytest.mark.parametrize(("edit", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_a_domain_that_rasa_refuses_is_found(edit: Edit, words: str, small: Path) -> None:
    edit(small)
    assert words in validated(small)
    assert [finding for finding in run(small, only=["domain"]) if finding.file == DOMAIN]


def refused_in_training(root: Path, scratch: Path) -> bool:
    """Whether the real policy finds rules and stories that contradict each other."""
    from rasa.core.policies.rule_policy import InvalidRule, RulePolicy
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource

    scratch.mkdir()
    talks, domain = read_talks(Project(root))
    policy = RulePolicy(
        {**RulePolicy.get_default_config(), "core_fallback_action_name": "utter_not_understood"},
        LocalModelStorage.create(scratch),
        Resource("policy"),
        ExecutionContext(GraphSchema({})),
    )
    try:
        policy.train(talks, domain)
    except InvalidRule:
        return True
    return False


@pytest.mark.parametrize("edit", CONTRADICTING, ids=range(len(CONTRADICTING)))
def test_rules_and_stories_that_stop_training_are_found(edit: Edit, small: Path, tmp_path: Path) -> None:
    edit(small)
    assert refused_in_training(small, tmp_path / "model")
    assert run(small, only=["rule-contradiction"])


@pytest.mark.parametrize("edit", AGREEING, ids=range(len(AGREEING)))
def test_rules_and_stories_that_training_takes_are_left_alone(
    edit: Edit, small: Path, tmp_path: Path
) -> None:
    edit(small)
    assert not refused_in_training(small, tmp_path / "model")
    assert run(small, only=["rule-contradiction"]) == []


def test_rasa_reads_the_small_project(pattern: Path) -> None:
    domain, said = read_domain(Project(pattern))
    assert domain is not None
    assert said == []
