"""What a conversation looks like to who comes back to it, drawn from its stored events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered

from charley.rasa.replies import as_reply

FEEDBACK = (
    "feedback"  # the slot whose events keep thumbs: {"id": …, "index": …, "value": "up" | "down" | None}
)


def history(sender: str, events: Iterable[Event]) -> list[dict[str, Any]]:
    """The messages of a conversation in order.

    Returns:
        of the person `{"from": "person", "id", "text"}`, of the bot
        `{"from": "charley", "id", "index", "reply", "thumb"}`, where `id` is that of the person's
        message that it answers and `index` its place among the replies to it.
    """
    entries: list[dict[str, Any]] = []
    thumbs: dict[tuple[str, int], str | None] = {}
    titles: dict[str, str] = {}  # payload -> title of the buttons seen so far
    message_id, index = None, 0
    for event in events:
        if isinstance(event, UserUttered):
            message_id, index = event.message_id, 0
            text = event.text or ""
            entries.append({"from": "person", "id": message_id, "text": _as_shown(text, titles)})
        elif isinstance(event, BotUttered):
            reply = as_reply(sender, event.message())
            titles |= {button["payload"]: button["title"] for button in reply["buttons"]}
            titles |= _choices(reply["metadata"].get("choices") or {})
            entries.append(
                {"from": "charley", "id": message_id, "index": index, "reply": reply, "thumb": None}
            )
            index += 1
        elif isinstance(event, SlotSet) and event.key == FEEDBACK and isinstance(event.value, dict):
            thumbs[event.value["id"], event.value["index"]] = event.value["value"]
    for entry in entries:
        if entry["from"] == "charley":
            entry["thumb"] = thumbs.get((entry["id"], entry["index"]))
    return entries


def _choices(choices: dict[str, Any]) -> dict[str, str]:
    """Value -> title of a question's options."""
    return {option["value"]: option["title"] for option in choices.get("options", ())} | {
        "": choices.get("none") or ""
    }


def _as_shown(text: str, titles: dict[str, str]) -> str:
    """A payload as the person saw it on the button; a typed text as it is."""
    if not text.startswith("/"):
        return text
    if text in titles:
        return titles[text]
    _, brace, entities = text.partition("{")
    try:
        values = json.loads(brace + entities).get("values")
    except ValueError:
        values = None
    if values is None:
        return "…"
    return ", ".join(titles.get(value, "") for value in values) or titles.get("", "") or "…"
