"""Rasa's way of a message, with the understanding in a thread: the same comes of it, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.core.processor import MessageProcessor

    from charley.rasa.processor import ThreadedProcessor


@pytest.fixture
def plain(agent: Agent) -> MessageProcessor:
    assert agent.processor is not None
    return agent.processor


@pytest.fixture
def threaded(plain: MessageProcessor) -> Iterator[ThreadedProcessor]:
    from charley.rasa.processor import ThreadedProcessor

    made = ThreadedProcessor.like(plain)
    yield made
    made._reading.shutdown()


@pytest.fixture
def message() -> UserMessage:
    from rasa.core.channels.channel import UserMessage

    return UserMessage("which foods have zinc?")


async def test_a_message_is_understood_as_on_the_loop(
    plain: MessageProcessor, threaded: ThreadedProcessor, message: UserMessage
) -> None:
    from rasa.core.processor import MessageProcessor

    assert await threaded.parse_message(message) == await MessageProcessor.parse_message(plain, message)


class Runner:
    """A graph that does what it is told to."""

    def __init__(self, work: Any) -> None:
        self._work = work

    def run(self, inputs: Any, targets: list[str]) -> Any:
        return self._work()


async def test_others_get_on_meanwhile(threaded: ThreadedProcessor, message: UserMessage) -> None:
    from rasa.shared.nlu.training_data.message import Message

    others_got_on = threading.Event()

    def work() -> Any:
        assert others_got_on.wait(10)
        found = Message()
        found.set("intent", {"name": "greet"}, add_to_output=True)
        return {threaded.model_metadata.nlu_target: [found]}

    threaded.graph_runner = Runner(work)  # type: ignore[assignment]
    parsing = asyncio.create_task(threaded.parse_message(message))
    await asyncio.sleep(0)
    others_got_on.set()
    assert (await parsing)["intent"] == {"name": "greet"}


async def test_what_fails_there_fails_here(threaded: ThreadedProcessor, message: UserMessage) -> None:
    def work() -> Any:
        raise KeyError("the pipeline broke")

    threaded.graph_runner = Runner(work)  # type: ignore[assignment]
    with pytest.raises(KeyError, match="the pipeline broke"):
        await threaded.parse_message(message)


async def test_its_time_counts_for_the_message_that_is_taken(
    threaded: ThreadedProcessor, message: UserMessage
) -> None:
    from charley.rasa.metrics import registry
    from charley.rasa.metrics.message import taking

    with taking("rest") as taken:
        await threaded.parse_message(message)
        assert taken._seconds[registry.READING] > 0


def test_an_action_of_the_action_server_is_charleys_kind_of_one(threaded: ThreadedProcessor) -> None:
    from rasa.shared.core.events import ActionExecuted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    from charley.rasa.remote_action import PlainAction

    events = [
        ActionExecuted("action_listen"),
        UserUttered("more", {"name": "ask_more", "confidence": 1.0}),
    ]
    tracker = DialogueStateTracker.from_events("someone", events, slots=threaded.domain.slots)
    tracker.clear_followup_action()
    action, prediction = threaded.predict_next_with_tracker_if_should(tracker)
    assert type(action) is PlainAction
    assert action.name() == "action_tell_more"
    assert prediction.max_confidence == 1.0
