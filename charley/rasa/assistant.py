"""One turn of a person through the whole assistant, for the channel and for `converse` alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.admission import Admitted, Buttons, Refusal, admit
from charley.care.levels import CareLevel
from charley.knowledge import read_model
from charley.rasa.events import care_level_of

NOTICE = "utter_notice_"  # + the refusal
UNAVAILABLE = "utter_unavailable"
MAX_SENDERS_AT_HAND = 10_000


@dataclass(frozen=True)
class Turn:
    """What a turn came to. `intent` is None where the turn never reached Rasa."""

    replies: Sequence[dict[str, Any]]
    care_level: CareLevel
    intent: dict[str, Any] | None = None
    entities: Sequence[dict[str, Any]] = ()


class ReplyCollector(CollectingOutputChannel):
    """Collects each bot message whole: never split, with its metadata."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message (Rasa calls this for each BotUttered)."""
        self.messages.append(as_reply(recipient_id, message))


def as_reply(recipient_id: str, message: dict[str, Any]) -> dict[str, Any]:
    """A bot message in the form of the reply contract."""
    reply = {
        "recipient_id": recipient_id,
        "text": message.get("text") or "",
        "buttons": [{"title": b["title"], "payload": b["payload"]} for b in message.get("buttons") or []],
        "metadata": message.get("metadata") or {},
    }
    reply.update({key: message[key] for key in ("image", "attachment", "custom") if message.get(key)})
    return reply


class Assistant:
    """A loaded agent behind Charley's admission."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        if agent.processor is None or agent.domain is None:
            raise ValueError("the agent has no model")
        model = Path(agent.processor.model_path)
        knowledge = read_model(model / agent.processor.model_filename if model.is_dir() else model)
        payloads = (
            button["payload"]
            for variations in agent.domain.responses.values()
            for variation in variations
            for button in variation.get("buttons") or []
        )
        intents = {
            *knowledge.questions.by_intent,
            "ask_more",
            *(p.strip("/").split("{")[0] for p in payloads),
        }
        self._buttons = Buttons.of(intents, knowledge.table.subjects)
        self._taken: dict[str, set[str | None]] = {}  # ids of the messages of recent senders

    async def reply(self, sender: str, turn: Any, message_id: str | None = None) -> list[dict[str, Any]]:
        """Take one turn and give what the bot says to it.

        Args:
            sender: the conversation's id.
            turn: see `charley.admission.admit`.
            message_id: the client's id of the message; the same id again gets the same replies.
        """
        replies, _ = await self._take(sender, turn, message_id)
        return replies

    async def turn(self, sender: str, turn: Any, message_id: str | None = None) -> Turn:
        """As `reply`, with what the turn was taken for (which costs a look into the tracker)."""
        replies, is_new = await self._take(sender, turn, message_id)
        tracker = await self._tracker(sender)
        if not is_new or tracker.latest_message is None:
            return Turn(replies, care_level_of(tracker))
        message = tracker.latest_message
        return Turn(replies, care_level_of(tracker), dict(message.intent), message.entities)

    async def _take(
        self, sender: str, turn: Any, message_id: str | None
    ) -> tuple[list[dict[str, Any]], bool]:
        """The replies, and whether the turn reached Rasa (it is not refused, nor a repeated one)."""
        if message_id is not None:
            earlier = await self._said_before(sender, message_id)
            if earlier is not None:
                return earlier or [await self._say(sender, NOTICE + Refusal.REPEATED.value)], False
        admitted = admit(turn, self._buttons)
        if not isinstance(admitted, Admitted):
            return [await self._say(sender, NOTICE + admitted.value)], False
        collector = ReplyCollector()
        message = UserMessage(
            admitted.text, collector, sender, input_channel=collector.name(), message_id=message_id
        )
        await self._agent.handle_message(message)
        return collector.messages or [await self._say(sender, UNAVAILABLE)], True

    async def _said_before(self, sender: str, message_id: str) -> list[dict[str, Any]] | None:
        """The replies to a message that was taken before; None if it is new.

        The tracker knows, but reading it costs; so the ids of whoever wrote lately are kept at hand.
        """
        known = self._taken.get(sender)
        if known is not None and message_id not in known:
            known.add(message_id)
            return None
        tracker = await self._tracker(sender)
        ids = {event.message_id for event in tracker.events if isinstance(event, UserUttered)}
        self._taken[sender] = ids | {message_id}
        if len(self._taken) > MAX_SENDERS_AT_HAND:
            del self._taken[next(iter(self._taken))]
        return replies_to(tracker, message_id)

    async def unavailable(self, sender: str) -> dict[str, Any]:
        """What to say when a turn failed."""
        return await self._say(sender, UNAVAILABLE)

    async def _tracker(self, sender: str) -> DialogueStateTracker:
        store = self._agent.tracker_store
        tracker = await store.retrieve(sender)
        return tracker or DialogueStateTracker(sender, self._agent.domain.slots if self._agent.domain else [])

    async def _say(self, sender: str, response: str) -> dict[str, Any]:
        """A response outside the conversation: it never reaches the tracker."""
        message = await self._agent.nlg.generate(response, await self._tracker(sender), ReplyCollector.name())
        return as_reply(sender, message or {})


def replies_to(tracker: DialogueStateTracker, message_id: str) -> list[dict[str, Any]] | None:
    """What the bot said to a message taken before; None if it has not been taken."""
    replies: list[dict[str, Any]] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if replies is not None:
                break
            replies = [] if event.message_id == message_id else None
        elif isinstance(event, BotUttered) and replies is not None:
            replies.append(as_reply(tracker.sender_id, event.message()))
    return replies
