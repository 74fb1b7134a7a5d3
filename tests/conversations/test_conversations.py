"""Dialogues from dialogues/*.yml, each said to the real assistant and compared with what is expected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, Extra, Field, root_validator

from charley.answers.reply import Kind
from charley.care.course import HAS_IT, HAS_IT_NOT
from charley.care.levels import CareLevel
from charley.facts import FactTable

DIALOGUES = Path(__file__).parent / "dialogues"
MAX_BUTTONS = 3
MAX_TITLE = 20
CLOSING = {f"/{HAS_IT}", f"/{HAS_IT_NOT}"}  # the buttons of the question that closes a doubtful report
SOURCES_SHOWN = "My last answer rests on"  # names the facts' sources without saying the facts again
Converse = Callable[[Sequence[Any]], Awaitable[list[dict[str, Any]]]]


class Turn(BaseModel):
    """What a person says or presses, and what is expected of all that the bot says to it.

    Attributes:
        user: typed text; `times` says how often it is repeated within the one message.
        press: the payload of a pressed button.
        kinds: the kind of each bot message, in order.
        facts: ids that must be among those said; "none" where no fact may be said.
        sources: ids that must be among those named.
        buttons: titles that must be among those offered.
    """

    class Config:
        extra = Extra.forbid

    user: str | None
    times: int = 1
    press: str | None
    kinds: list[Kind] | None
    facts: Literal["none"] | list[str] = Field(default_factory=list)
    sources: list[str] = Field(default_factory=list)
    care_level: CareLevel | None
    says: list[str] = Field(default_factory=list)
    never_says: list[str] = Field(default_factory=list)
    buttons: list[str] = Field(default_factory=list)
    intent: str | None

    @root_validator
    def _is_typed_or_pressed(cls, values: dict[str, Any]) -> dict[str, Any]:
        if (values.get("user") is None) == (values.get("press") is None):
            raise ValueError("a turn is either typed (user) or pressed (press)")
        return values

    @property
    def given(self) -> str | dict[str, str]:
        return {"payload": self.press} if self.press is not None else (self.user or "") * self.times

    def wrong_with(self, turn: dict[str, Any]) -> Iterator[str]:
        """How what was said differs from what is expected, a sentence each."""
        replies = turn["replies"]
        text = "\n".join(reply["text"] for reply in replies)
        facts = {id_ for reply in replies for id_ in reply["metadata"]["fact_ids"]}
        sources = {source["id"] for reply in replies for source in reply["metadata"]["sources"]}
        buttons = {button["title"] for reply in replies for button in reply["buttons"]}
        kinds = [reply["metadata"]["kind"] for reply in replies]
        intent = (turn["intent"] or {}).get("name")
        if self.kinds is not None and kinds != [kind.value for kind in self.kinds]:
            yield f"kinds are {kinds}"
        if self.facts == "none" and facts:
            yield f"says facts {sorted(facts)}"
        if self.facts != "none" and (missing := set(self.facts) - facts):
            yield f"does not say {sorted(missing)}, but {sorted(facts)}"
        if missing := set(self.sources) - sources:
            yield f"does not name {sorted(missing)}, but {sorted(sources)}"
        if self.care_level is not None and turn["care_level"] != self.care_level.value:
            yield f"care level is {turn['care_level']}"
        if missing := {part for part in self.says if part not in text}:
            yield f"does not say {sorted(missing)}: {text}"
        if unwanted := {part for part in self.never_says if part in text}:
            yield f"says {sorted(unwanted)}: {text}"
        if missing := set(self.buttons) - buttons:
            yield f"does not offer {sorted(missing)}, but {sorted(buttons)}"
        if self.intent is not None and intent != self.intent:
            yield f"intent is {intent}"


class Dialogue(BaseModel):
    """One case."""

    class Config:
        extra = Extra.forbid

    name: str
    turns: list[Turn] = Field(min_items=1, max_items=6)

    @property
    def given(self) -> list[str | dict[str, str]]:
        return [turn.given for turn in self.turns]


def dialogues() -> list[Any]:
    """Every dialogue as a parameter named after its file and case."""
    return [
        pytest.param(dialogue, id=f"{path.stem}: {dialogue.name}")
        for path in sorted(DIALOGUES.glob("*.yml"))
        for dialogue in map(Dialogue.parse_obj, yaml.safe_load(path.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("dialogue", dialogues())
async def test_a_dialogue_goes_as_written(dialogue: Dialogue, converse: Converse) -> None:
    turns = await converse(dialogue.given)
    wrong = [
        f"turn {number} ({expected.given}): {problem}"
        for number, (expected, turn) in enumerate(zip(dialogue.turns, turns, strict=True), start=1)
        for problem in expected.wrong_with(turn)
    ]
    assert not wrong, "\n".join(wrong)


async def replies_of(dialogue: Dialogue, converse: Converse) -> list[tuple[dict[str, Any], str]]:
    """Every bot message of a dialogue with the care level of its turn."""
    turns = await converse(dialogue.given)
    assert all(turn["replies"] for turn in turns), "a turn got no reply at all"
    return [(reply, turn["care_level"]) for turn in turns for reply in turn["replies"]]


@pytest.mark.parametrize("dialogue", dialogues())
async def test_every_message_carries_the_metadata_that_its_text_bears_out(
    dialogue: Dialogue, converse: Converse, table: FactTable
) -> None:
    for reply, care_level in await replies_of(dialogue, converse):
        metadata = reply["metadata"]
        facts = [table.facts[id_] for id_ in metadata["fact_ids"]]
        expected = [{"id": s.id, "title": s.title, "url": s.url} for s in table.sources_of(facts)]
        assert metadata["kind"] in {kind.value for kind in Kind}
        assert metadata["care_level"] == care_level
        assert metadata["sources"] == expected
        assert all(source["title"] in reply["text"] for source in expected)
        unsaid = [fact.id for fact in facts if fact.statement not in reply["text"]]
        assert not unsaid or SOURCES_SHOWN in reply["text"]


@pytest.mark.parametrize("dialogue", dialogues())
async def test_every_message_offers_a_few_short_buttons(dialogue: Dialogue, converse: Converse) -> None:
    for reply, _ in await replies_of(dialogue, converse):
        titles = [button["title"] for button in reply["buttons"]]
        assert len(titles) <= MAX_BUTTONS
        assert [title for title in titles if len(title) > MAX_TITLE] == []
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("dialogue", dialogues())
async def test_every_offered_button_leads_on(dialogue: Dialogue, converse: Converse) -> None:
    turns = await converse(dialogue.given)
    offered = [(n, b) for n, turn in enumerate(turns, 1) for r in turn["replies"] for b in r["buttons"]]
    for number, button in offered:
        payload = button["payload"]
        answers = payload in CLOSING  # and means nothing by itself
        pressed = (await converse([*(dialogue.given[:number] if answers else []), {"payload": payload}]))[-1]
        kinds = {message["metadata"]["kind"] for message in pressed["replies"]}
        wanted = {"clarify", "care"} if "check_up" in payload else {"answer", "smalltalk"}
        assert kinds <= ({"care", "notice"} if answers else wanted), f"{button['title']} leads to {kinds}"


def test_a_dialogue_has_a_name_of_its_own() -> None:
    names = [parameter.id for parameter in dialogues()]
    assert sorted(names) == sorted(set(names))


def test_a_dialogue_expects_only_facts_and_sources_that_exist(table: FactTable) -> None:
    turns = [turn for parameter in dialogues() for turn in parameter.values[0].turns]
    facts = {id_ for turn in turns if turn.facts != "none" for id_ in turn.facts}
    sources = {id_ for turn in turns for id_ in turn.sources}
    assert facts <= set(table.facts)
    assert sources <= set(table.sources)
