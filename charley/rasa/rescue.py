"""What a person is told when a turn fails, hangs or is refused: the care reply that its words call for, and why no more.

It needs neither the pipeline nor the policies nor the action server, and no more of the tracker store than a second.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.core.trackers import DialogueStateTracker

from charley.admission import MAX_CHARACTERS
from charley.care.course import ANSWER
from charley.care.guard import CareGuard
from charley.care.levels import CareLevel
from charley.care.numbers import ANYWHERE
from charley.knowledge import Knowledge
from charley.rasa.care_policy import CARE_REPLY
from charley.rasa.metrics.message import current
from charley.rasa.replies import ReplyCollector, as_reply
from charley.rasa.responses import UNKNOWN
from charley.reading.reader import Reader

logger = logging.getLogger(__name__)

LAST_WORDS = (
    f"Something went wrong. If you feel seriously unwell, call {ANYWHERE}. For strong cramps, see a doctor."
)
UNAVAILABLE = "utter_unavailable"
LOOK_SECONDS = 1.0  # for the tracker: what is said is filled in from it


class Rescue:
    """Reads messages with a guard of its own, and words what is said outside the conversation.

    Args:
        agent: gives the responses their words.
        knowledge: of its model.
    """

    def __init__(self, agent: Agent, knowledge: Knowledge) -> None:
        self._agent = agent
        self._guard = CareGuard(knowledge.care)
        self._reader = Reader.learn([], knowledge.care.vocabulary())
        self._check_up_levels = {o.value: o.level for q in knowledge.check_up.questions for o in q.options}

    async def safety_text(
        self, sender: str, text: str, said: Sequence[Mapping[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """What to say when a turn failed or hangs; `said`: what was said in it before."""
        current().failed()
        texts = [] if has_care(said) else await self.care_text(sender, text, rescues=True)
        return [*texts, await self.say(sender, UNAVAILABLE)]

    async def care_text(
        self,
        sender: str,
        *texts: str,
        least: CareLevel = CareLevel.SEE_DOCTOR,
        rescues: bool = False,
    ) -> list[dict[str, Any]]:
        """The care reply that messages or payloads call for by themselves, if they do to `least` or more.

        Args:
            rescues: whether it stands in for one that the turn should have given.
        """
        try:
            level = max(self._level_of(text) for text in texts)
        except Exception as error:  # whatever it is, the answer must go out
            logger.error("The channel's own guard failed with %s", type(error).__name__)
            current().unread()
            return []
        if level < least:
            return []
        current().cares(level, rescues)
        return [await self.say(sender, f"{CARE_REPLY}{level.value}")]

    def _level_of(self, text: str) -> CareLevel:
        if not text.startswith("/"):
            return self._guard.read(self._reader.read(text[:MAX_CHARACTERS])).level
        chosen = self._check_up_levels if text.startswith(f"/{ANSWER}") else {}
        return max((chosen[v] for v in re.findall(r"\w+", text) if v in chosen), default=CareLevel.NONE)

    async def say(self, sender: str, response: str) -> dict[str, Any]:
        """A response outside the conversation: it never reaches the tracker."""
        try:
            tracker = await asyncio.wait_for(tracker_of(self._agent, sender), LOOK_SECONDS)
        except Exception:
            tracker = _no_talk(self._agent, sender)
        try:
            message = await self._agent.nlg.generate(response, tracker, ReplyCollector.name())
        except Exception as error:
            logger.error("Could not say %s: %s", response, type(error).__name__)
            message = None
        return as_reply(sender, message or self._plain(response))

    def _plain(self, response: str) -> dict[str, Any]:
        """A response of the domain, filled in without looking at anything else."""
        variations = self._agent.domain.responses.get(response) if self._agent.domain else None
        text = variations[0]["text"] if variations else LAST_WORDS
        for name, value in UNKNOWN.items():
            text = text.replace(f"{{{name}}}", value)
        known = variations[0].get("metadata") or {} if variations else {}
        metadata = {"kind": "care", "fact_ids": [], "sources": [], "care_level": CareLevel.NONE.value}
        return {"text": text, "metadata": {**metadata, **known}}


def has_care(replies: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of them is a care reply."""
    return any(reply["metadata"].get("kind") == "care" for reply in replies)


async def tracker_of(agent: Agent, sender: str) -> DialogueStateTracker:
    """What is known of a conversation; an empty tracker where nothing is."""
    return await agent.tracker_store.retrieve(sender) or _no_talk(agent, sender)


def _no_talk(agent: Agent, sender: str) -> DialogueStateTracker:
    return DialogueStateTracker(sender, agent.domain.slots if agent.domain else [])
