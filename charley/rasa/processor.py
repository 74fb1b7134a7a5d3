"""Rasa's way of a message, with what need not hold up others beside the loop.

MessageProcessor understands a message on the event loop, so that meanwhile nobody else gets on. Nearly half of
that is the sentence encoder, which needs no lock of Python's: in a thread it has a core of its own.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from rasa.core.actions.action import Action, RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa.coroutines import result_of
from charley.rasa.remote_action import PlainAction


class ThreadedProcessor(MessageProcessor):
    """MessageProcessor whose messages are understood one after the other in one thread.

    More threads bring nothing: all but the encoder takes turns under Python's lock anyway.
    """

    _reading: ThreadPoolExecutor

    @classmethod
    def like(cls, processor: MessageProcessor) -> ThreadedProcessor:
        """One with the same model."""
        made = cls.__new__(cls)
        made.__dict__.update(vars(processor), _reading=ThreadPoolExecutor(1, thread_name_prefix="Reading"))
        return made

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """As MessageProcessor's, in the thread."""
        parse = super().parse_message

        def work() -> dict[str, Any]:
            return result_of(parse(message, tracker, only_output_properties))

        context = copy_context()  # what is measured there counts for this message
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, context.run, work)

    def predict_next_with_tracker_if_should(
        self, tracker: DialogueStateTracker
    ) -> tuple[Action, PolicyPrediction]:
        """As MessageProcessor's, with Charley's call of the action server."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is RemoteAction:
            action = PlainAction(action.name(), self.action_endpoint)
        return action, prediction
