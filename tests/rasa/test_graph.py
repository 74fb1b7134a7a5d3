"""Rasa's graph, run in an order that is found once: the same as with dask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.agent import Agent
    from rasa.core.processor import MessageProcessor

    from charley.rasa.graph import OrderedGraphRunner


@pytest.fixture
def processor(agent: Agent) -> MessageProcessor:
    assert agent.processor is not None
    return agent.processor


@pytest.fixture
def ordered(processor: MessageProcessor) -> OrderedGraphRunner:
    from charley.rasa.graph import OrderedGraphRunner

    return OrderedGraphRunner.like(processor.graph_runner)  # type: ignore[arg-type]


def both(runner: OrderedGraphRunner, target: str | None, inputs: dict[str, Any]) -> list[Any]:
    """What a target comes to with dask, and without."""
    from rasa.engine.runner.dask import DaskGraphRunner

    assert target is not None
    return [
        DaskGraphRunner.run(runner, inputs, [target])[target],
        runner.run(inputs, [target])[target],
    ]


def test_a_message_is_read_as_with_dask(processor: MessageProcessor, ordered: OrderedGraphRunner) -> None:
    from rasa.core.channels.channel import UserMessage

    message = UserMessage("which foods have zinc?")
    inputs = {"__message__": [message], "__tracker__": None}
    found = both(ordered, processor.model_metadata.nlu_target, inputs)
    with_dask, without = (read.as_dict(only_output_properties=True) for (read,) in found)
    assert with_dask == without
    assert without["entities"][0]["value"] == "zinc"


def test_the_next_action_is_predicted_as_with_dask(
    processor: MessageProcessor, ordered: OrderedGraphRunner
) -> None:
    from rasa.shared.core.events import ActionExecuted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    events = [ActionExecuted("action_listen"), UserUttered("thanks", {"name": "thank", "confidence": 1.0})]
    tracker = DialogueStateTracker.from_events("someone", events, slots=processor.domain.slots)
    with_dask, without = both(ordered, processor.model_metadata.core_target, {"__tracker__": tracker})
    assert with_dask.probabilities == without.probabilities
    assert max(without.probabilities) == 1.0


def test_a_lacking_input_is_told(processor: MessageProcessor, ordered: OrderedGraphRunner) -> None:
    from rasa.engine.exceptions import GraphRunError

    with pytest.raises(GraphRunError, match="__tracker__"):
        ordered.run(targets=[str(processor.model_metadata.core_target)])


def test_charley_runs_it(processor: MessageProcessor, agent: Agent) -> None:
    from charley.rasa.assistant import Assistant
    from charley.rasa.graph import OrderedGraphRunner

    Assistant(agent)
    assert type(processor.graph_runner) is OrderedGraphRunner
