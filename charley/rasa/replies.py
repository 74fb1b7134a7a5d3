"""What the bot said, in the form of the reply contract (README)."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa.metrics.message import current


class ReplyCollector(CollectingOutputChannel):
    """Collects each bot message whole: never split, with its metadata."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message (Rasa calls this for each BotUttered)."""
        current().said(message)
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


def latest_replies(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """What the bot said last, since the person's latest message."""
    replies: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            replies.insert(0, as_reply(tracker.sender_id, event.message()))
    return replies


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
