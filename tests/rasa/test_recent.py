"""What the policies look at of a long talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.shared.core.trackers import DialogueStateTracker


def talk(messages: int) -> DialogueStateTracker:
    """A talk of so many messages, each answered, the bot listening again."""
    from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    events = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    for number in range(messages):
        events += [UserUttered(str(number)), ActionExecuted("action_answer_question"), BotUttered("so")]
        events += [ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events("someone", events)


@pytest.mark.parametrize(("messages", "turns", "kept"), [(3, 5, 3), (5, 5, 5), (30, 5, 5), (30, 1, 1)])
def test_only_the_latest_messages_are_looked_at(messages: int, turns: int, kept: int) -> None:
    from charley.rasa.events import recent

    names = [event.type_name for event in recent(talk(messages), turns)]
    assert names.count("user") == kept


def test_a_part_begins_where_the_bot_began_to_listen() -> None:
    from charley.rasa.events import recent

    first, second, *_ = recent(talk(9), 2)
    assert first.as_dict()["name"] == "action_listen"
    assert second.as_dict()["text"] == "7"


def test_a_short_talk_is_looked_at_whole() -> None:
    from charley.rasa.events import recent

    tracker = talk(2)
    assert recent(tracker, 5) == list(tracker.events)


async def test_what_a_policy_replays_does_not_grow_with_the_talk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rasa's own policy replays all of it, at each prediction."""
    from rasa.core.policies.memoization import MemoizationPolicy
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.core.domain import Domain

    from charley.rasa.memoization import RecentMemoizationPolicy

    replayed: list[int] = []

    def count(_: object, tracker: DialogueStateTracker, *__: object, **___: object) -> None:
        replayed.append(len(tracker.events))

    monkeypatch.setattr(MemoizationPolicy, "predict_action_probabilities", count)
    config = {**RecentMemoizationPolicy.get_default_config(), "max_history": 4}
    policy = RecentMemoizationPolicy(
        config, LocalModelStorage.__new__(LocalModelStorage), Resource("x"), ExecutionContext(GraphSchema({}))
    )
    for messages in (10, 100):
        policy.predict_action_probabilities(talk(messages), Domain.empty())
    assert replayed[0] == replayed[1]
