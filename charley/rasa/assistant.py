"""One turn of a person through the whole assistant, for the channel and for `converse` alike.

Whatever fails or hangs, the person gets the safety text in time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.utils.endpoints import EndpointConfig

from charley.admission import MAX_CHARACTERS, Admitted, Buttons, Refusal, admit
from charley.answers.compose import COMPARISON
from charley.answers.follow_up import CHOICE, CHOICE_LENGTH, answered, chosen, offered
from charley.answers.reply import Kind
from charley.care.course import ANSWER, HAS_IT, HAS_IT_NOT, country_in, course_of
from charley.care.levels import CareLevel
from charley.knowledge import read_model
from charley.rasa import logs
from charley.rasa.action_endpoint import ActionEndpoint
from charley.rasa.care_guard import CARE
from charley.rasa.care_policy import START
from charley.rasa.events import as_dicts, care_level_of
from charley.rasa.graph import OrderedGraphRunner
from charley.rasa.metrics.message import current, stage
from charley.rasa.metrics.registry import ADMISSION
from charley.rasa.processor import ThreadedProcessor
from charley.rasa.quiet import keep_private
from charley.rasa.replies import ReplyCollector, as_reply, latest_replies, replies_to
from charley.rasa.rescue import UNAVAILABLE, Rescue, has_care, tracker_of
from charley.rasa.tracker_store import LiveTrackerStore

logger = logging.getLogger(__name__)
keep_private()
logs.set_up()

Became = Literal["answered", "repeated", "refused"]
ANSWER_SECONDS = 5.0  # a person is answered within, with what has been said so far
LEAST_SECONDS = 1.0  # for the work, should the way to it have taken long
NOT_KEPT = "I can not save our chat at the moment and may forget it. If I do, please tell me again."
PROBE = "i have chest pain and can not breathe"
NOTICE = "utter_notice_"  # + the refusal


class GuardMissing(RuntimeError):
    """The model has no working care guard: it must not talk to anyone."""


@dataclass(frozen=True)
class Turn:
    """What a turn came to. `intent` is None where the turn never reached Rasa."""

    replies: Sequence[dict[str, Any]]
    care_level: CareLevel
    intent: dict[str, Any] | None = None
    entities: Sequence[dict[str, Any]] = ()


class Assistant:
    """A loaded agent behind Charley's admission.

    Args:
        seconds: the time after which a turn is answered as far as it got; None: however long it takes.
    """

    def __init__(self, agent: Agent, seconds: float | None = ANSWER_SECONDS) -> None:
        self._agent = agent
        self._seconds = seconds
        self._under_way: dict[str, set[asyncio.Task[None]]] = {}  # turns of each sender
        if agent.processor is None or agent.domain is None:
            raise ValueError("the agent has no model")
        if type(agent.action_endpoint) is EndpointConfig:  # Rasa's own, from endpoints.yml
            agent.action_endpoint = agent.processor.action_endpoint = ActionEndpoint.like(
                agent.action_endpoint
            )
        if type(agent.processor.graph_runner) is DaskGraphRunner:  # Rasa's own, which takes no other
            agent.processor.graph_runner = OrderedGraphRunner.like(agent.processor.graph_runner)
        if type(agent.processor) is MessageProcessor:  # Rasa's own
            agent.processor = ThreadedProcessor.like(agent.processor)
        model = Path(agent.processor.model_path)
        knowledge = read_model(model / agent.processor.model_filename if model.is_dir() else model)
        buttons = [
            button
            for variations in agent.domain.responses.values()
            for variation in variations
            for button in variation.get("buttons") or []
        ]
        self._numbers = knowledge.numbers
        self._rescue = Rescue(agent, knowledge)
        intents = {
            *knowledge.questions.by_intent,
            *("ask_more", START, ANSWER, HAS_IT, HAS_IT_NOT),
            *(button["payload"].strip("/").split("{")[0] for button in buttons),
        }
        check_up = knowledge.check_up
        asked = (question.id for question in check_up.questions)
        self._buttons = Buttons.of(intents, knowledge.table.subjects, check_up.values(), asked)
        titles = {b["title"] for b in buttons} | {q.title for q in knowledge.questions.by_intent.values()}
        self._titles = {title.rstrip("?").casefold() for title in titles}

    async def close(self) -> None:
        """Store what could not be stored before, and let go of the connection to the action server."""
        store = self._store
        if isinstance(store, LiveTrackerStore):
            await store.settle()
        if isinstance(self._agent.action_endpoint, ActionEndpoint):
            await self._agent.action_endpoint.close()

    def under_way(self) -> set[asyncio.Task[None]]:
        """The turns that are worked on, those that were given up waiting for among them."""
        return set().union(*self._under_way.values())

    async def check(self) -> None:
        """Raise GuardMissing unless the model's care guard reads a plain emergency as one."""
        try:
            parsed = await self.parse(PROBE)
        except Exception as error:
            raise GuardMissing(
                f"The care guard failed on a trial message ({type(error).__name__})."
            ) from None
        care = parsed.get(CARE) or {}
        if not care.get("ok") or care.get("level") != CareLevel.EMERGENCY.value:
            raise GuardMissing("The model has no working care guard (see config.yml); train it again.")

    async def parse(self, text: str) -> dict[str, Any]:
        """What the pipeline makes of a message: intent, entities and `care`; nothing is answered or kept."""
        parsed: dict[str, Any] = await self._agent.parse_message(text)
        return parsed

    async def reply(
        self,
        sender: str,
        turn: Any,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Take one turn and give what the bot says to it; never raises, never takes much over 5 seconds.

        Args:
            sender: the conversation's id.
            turn: see `charley.admission.admit`.
            message_id: the client's id of the message; the same id again gets the same replies.
            metadata: what a channel knows of where the person is: `country` (an ISO code), `locale`
                ("en-NZ") or `phone` ("+64 …", of which only the country is kept).
        """
        try:
            replies, _ = await self._take(sender, turn, message_id, metadata or {})
        except Exception as error:
            return await self._failed(sender, turn, error)
        return replies

    async def reply_once(
        self, sender: str, turn: Any, message_id: str, metadata: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """As `reply`, for who has no use for the same replies again: nothing to a message that was taken before."""
        try:
            replies, became = await self._take(sender, turn, message_id, metadata)
        except Exception as error:
            return await self._failed(sender, turn, error)
        return [] if became == "repeated" else replies

    async def turn(
        self,
        sender: str,
        turn: Any,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Turn:
        """As `reply`, with what the turn was taken for (which costs a look into the tracker)."""
        replies, became = await self._take(sender, turn, message_id, metadata or {})
        tracker = await tracker_of(self._agent, sender)
        if became != "answered" or tracker.latest_message is None:
            return Turn(replies, care_level_of(tracker))
        message = tracker.latest_message
        return Turn(replies, care_level_of(tracker), dict(message.intent), message.entities)

    async def _take(
        self, sender: str, turn: Any, message_id: str | None, metadata: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], Became]:
        """The replies, and what became of the turn."""
        started = time.monotonic()
        # Nobody else, on whichever server, works on the same message as long as this is open.
        async with AsyncExitStack() as claim:
            with stage(ADMISSION):
                if message_id is not None:
                    try:
                        claimed = self._agent.lock_store.lock(f"{sender} {message_id}")
                        await asyncio.wait_for(claim.enter_async_context(claimed), self._seconds)
                    except asyncio.TimeoutError:
                        return await self.refuse(sender, turn, Refusal.REPEATED), "repeated"
                    earlier = replies_to(await tracker_of(self._agent, sender), message_id)
                    if earlier is not None:
                        current().turned_away(Refusal.REPEATED.value)
                        return earlier or [
                            await self._rescue.say(sender, NOTICE + Refusal.REPEATED.value)
                        ], "repeated"
                admitted = admit(turn, self._buttons)
                if not isinstance(admitted, Admitted):
                    return await self.refuse(sender, turn, admitted), "refused"
                if isinstance(turn, dict):
                    current().pressed()
                message = await self._message(sender, admitted.text, message_id, metadata)
            handling = asyncio.create_task(self._handle(message, claim.pop_all()))
        # It goes on should it take too long.
        self._under_way.setdefault(sender, set()).add(handling)
        handling.add_done_callback(partial(self._finished, sender))
        await self._wait_for(handling, started)
        return await self._replies(message, handling), "answered"

    async def _message(
        self, sender: str, typed: str, message_id: str | None, metadata: Mapping[str, Any]
    ) -> UserMessage:
        """The message as Rasa takes it; its output channel collects the replies."""
        collector = ReplyCollector()
        text = await self._choice(sender, typed) or typed
        return UserMessage(
            text,
            collector,
            sender,
            input_channel=collector.name(),
            message_id=message_id,
            metadata=self._place(metadata),
        )

    async def _handle(self, message: UserMessage, claim: AsyncExitStack) -> None:
        async with claim:
            await self._agent.handle_message(message)

    async def _replies(self, message: UserMessage, handling: asyncio.Task[Any]) -> list[dict[str, Any]]:
        """What to say to a message that was handled, as far as it has been."""
        sender, text = message.sender_id, message.text
        failure = _failure(handling) if handling.done() else TimeoutError()
        if failure is not None:
            logger.error("A turn failed with %s", type(failure).__name__)
        replies = list(message.output_channel.messages)
        if failure is None and any(reply["metadata"].get("forgets") for reply in replies):
            await self.erase(sender)
        if failure is not None or not replies:
            replies += await self._rescue.safety_text(sender, text, replies)
        elif not has_care(replies):  # it was lost on its way, if there was any
            asks_on = any("choices" in reply["metadata"] for reply in replies)  # its summary tells who to see
            least = CareLevel.URGENT_SAME_DAY if asks_on else CareLevel.SEE_DOCTOR
            replies = [*await self._rescue.care_text(sender, text, least=least, rescues=True), *replies]
        return replies if self._keeps(sender) else [*replies, _not_kept(sender, replies)]

    async def refuse(self, sender: str, turn: Any, why: Refusal) -> list[dict[str, Any]]:
        """What to say instead of taking a turn; a danger that it tells of is heard all the same."""
        current().turned_away(why.value)
        return [*await self.danger(sender, turn), await self._rescue.say(sender, NOTICE + why.value)]

    async def danger(
        self, sender: str, turn: Any, least: CareLevel = CareLevel.SEE_DOCTOR
    ) -> list[dict[str, Any]]:
        """The care reply that a turn calls for by its words alone; nothing where they call for less than `least`."""
        text = turn if isinstance(turn, str) else ""
        if isinstance(turn, dict) and isinstance(admit(turn, self._buttons), Admitted):
            text = turn["payload"]
        ends = text[:MAX_CHARACTERS], text[MAX_CHARACTERS:][-MAX_CHARACTERS:]
        return await self._rescue.care_text(sender, *ends, least=least)

    async def unavailable(self, sender: str) -> list[dict[str, Any]]:
        """What to say to a message whose words are lost: that it was not answered, and where to turn in an emergency."""
        current().failed()
        return [await self._rescue.say(sender, UNAVAILABLE)]

    async def has_taken(self, sender: str, message_id: str) -> bool:
        """Whether a message with this id has been answered, also before a restart."""
        events = await self.events(sender)
        return any(isinstance(event, UserUttered) and event.message_id == message_id for event in events)

    def payloads(self) -> Iterator[str]:
        """Every payload that a button may send."""
        return self._buttons.payloads()

    async def erase(self, sender: str) -> None:
        """Delete a conversation: what is stored, what is at hand, and the ids of its messages.

        A turn that still hangs would store all of it again: it is broken off.
        """
        hanging = list(self._under_way.get(sender, ()))
        for handling in hanging:
            handling.cancel()
        if hanging:
            await asyncio.wait(hanging)
        for store in (self._store, self._agent.tracker_store.fallback_tracker_store):
            if isinstance(store, LiveTrackerStore):
                await store.erase(sender)
            elif isinstance(store, InMemoryTrackerStore):
                store.store.pop(sender, None)

    @property
    def _store(self) -> TrackerStore:
        """The tracker store. Rasa wraps it and passes on nothing but its own methods."""
        wrapper = self._agent.tracker_store
        store: TrackerStore = getattr(wrapper, "_tracker_store", wrapper)
        return store

    def _keeps(self, sender: str) -> bool:
        """Whether what was said is stored, and not only at hand."""
        store = self._store
        return not isinstance(store, LiveTrackerStore) or store.keeps(sender)

    async def events(self, sender: str) -> Sequence[Event]:
        """What is stored of the sender's latest session."""
        return list((await tracker_of(self._agent, sender)).events)

    async def latest_replies(self, sender: str) -> list[dict[str, Any]]:
        """What was said last in a conversation, as far as that is known."""
        try:
            return latest_replies(await asyncio.wait_for(tracker_of(self._agent, sender), 1))
        except Exception as error:
            logger.error("Could not look up what was said: %s", type(error).__name__)
            return []

    async def note(self, sender: str, slot: str, value: Any) -> None:
        """Store a value of a slot with a conversation, between two turns."""
        async with self._agent.lock_store.lock(sender):
            tracker = await tracker_of(self._agent, sender)
            tracker.update(SlotSet(slot, value), self._agent.domain)
            await self._agent.tracker_store.save(tracker)

    def emergency_numbers(
        self, metadata: Mapping[str, Any], events: Iterable[Event]
    ) -> list[tuple[str, str]]:
        """Numbers to call, each with its place, from what a channel and the talk tell of where the person is."""
        told = country_in(self._place(metadata))
        countries = [*course_of(as_dicts(events)).countries, *([told] if told else [])]
        return self._numbers.dial(countries)

    async def _choice(self, sender: str, text: str) -> str | None:
        """The payload of the button that a typed message stands for: its title, or "the second one"."""
        if len(text) > CHOICE_LENGTH:
            return None
        if text.rstrip(".!?").casefold() not in self._titles and not CHOICE.fullmatch(text):
            return None
        try:
            tracker = await asyncio.wait_for(tracker_of(self._agent, sender), 1)
        except Exception as error:  # it may be the tracker store; the message itself is taken all the same
            logger.error("Could not look up what was offered: %s", type(error).__name__)
            return None
        events = as_dicts(tracker.events)
        side_by_side = tracker.get_slot("last_question") == COMPARISON
        compared = tracker.get_slot("last_subjects") or [] if side_by_side and answered(events) else []
        payload = chosen(text, offered(events), compared)
        return payload if payload and self._buttons.may_send(payload) else None

    async def _wait_for(self, handling: asyncio.Task[Any], started: float) -> None:
        """Until a turn is done, or time is up; a little while at least."""
        left = None
        if self._seconds is not None:
            left = max(self._seconds - (time.monotonic() - started), LEAST_SECONDS)
        await asyncio.wait({handling}, timeout=left)

    def _finished(self, sender: str, handling: asyncio.Task[Any]) -> None:
        turns = self._under_way.get(sender, set())
        turns.discard(handling)
        if not turns:
            self._under_way.pop(sender, None)
        _failure(handling)  # looked at, so that asyncio does not log it with all it holds

    async def _failed(self, sender: str, turn: Any, error: Exception) -> list[dict[str, Any]]:
        """What to say to a turn that could not even be taken."""
        # Never the message, which may be all about someone's health, nor a trace that holds it.
        logger.error("A turn failed with %s", type(error).__name__)
        return await self._rescue.safety_text(sender, turn if isinstance(turn, str) else "")

    def _place(self, metadata: Mapping[str, Any]) -> dict[str, str]:
        """Of what a channel told, only what says where the person is."""
        kept = {key: metadata[key] for key in ("country", "locale") if isinstance(metadata.get(key), str)}
        phone = metadata.get("phone")
        country = self._numbers.of_phone(phone) if isinstance(phone, str) and "country" not in kept else None
        return {**kept, "country": country} if country else kept


def _failure(handling: asyncio.Task[Any]) -> BaseException | None:
    return asyncio.CancelledError() if handling.cancelled() else handling.exception()


def _not_kept(sender: str, replies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Says that the talk is not stored; a notice beside these replies."""
    level = replies[-1]["metadata"].get("care_level", CareLevel.NONE.value)
    metadata = {"kind": Kind.NOTICE.value, "fact_ids": [], "sources": [], "care_level": level}
    return as_reply(sender, {"text": NOT_KEPT, "metadata": metadata})
