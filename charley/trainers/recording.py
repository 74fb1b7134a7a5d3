"""A chat with the real assistant in a terminal, kept at its end as a story and a test (`charley record`)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from charley.trainers.anonymous import anonymous, has_placeholder
from charley.trainers.files import FileProblem, save
from charley.trainers.stories import (
    MAX_TURNS,
    NotRecorded,
    dialogue,
    record,
    story_of,
    topic_of,
)
from charley.trainers.talks import Exchange, Talk

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which who only reads the help must not wait for
    from charley.rasa.assistant import Assistant, Turn

BACK, END, DROP = "/back", "/end", "/drop"
HELP = f"""Type what a person would type. Besides:
  /1, /2, /3   press that quick reply
  {BACK}        take your last message back
  {END}         end the chat, and keep it
  {DROP}        end the chat, and keep nothing"""
LEFT_OVER = Path("var/recording.yml")  # what was said, where nothing else could be written
Ask = Callable[[str], str]  # a prompt → what was typed; raises EOFError at the end
Say = Callable[[str], None]


class Dropped(Exception):
    """The trainer wants nothing kept."""


class Recorder:
    """One chat: says turns to the assistant and remembers what came of each."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._loop = asyncio.new_event_loop()
        self._sender = uuid4().hex
        self._given: list[str | dict[str, str]] = []
        self._buttons: Sequence[dict[str, str]] = ()
        self.turns: list[Exchange] = []

    @property
    def talk(self) -> Talk:
        return Talk(self._sender, self.turns)

    def say(self, typed: str) -> Turn:
        """Say or press what was typed ("/1" is the first quick reply), and remember it."""
        return self._take(self._meant(typed))

    def take_back(self) -> None:
        """Forget the last turn: those before are said again, in a talk of their own."""
        given, self._given = self._given[:-1], []
        self._sender, self._buttons, self.turns = uuid4().hex, (), []
        for turn in given:
            self._take(turn)

    def close(self) -> None:
        self._loop.close()

    def _take(self, given: str | dict[str, str]) -> Turn:
        turn = self._loop.run_until_complete(self._assistant.turn(self._sender, given))
        self._given.append(given)
        self._buttons = [button for reply in turn.replies for button in reply["buttons"]]
        self.turns.append(_exchange(given, turn))
        return turn

    def _meant(self, typed: str) -> str | dict[str, str]:
        if typed[:1] == "/" and typed[1:].isdigit():
            place = int(typed[1:]) - 1
            if not 0 <= place < len(self._buttons):
                raise NotRecorded("There is no such quick reply.")
            return {key: self._buttons[place][key] for key in ("payload", "title")}
        if typed[:1] == "/" and typed not in self._assistant.payloads():
            raise NotRecorded(f"{typed} is no command and no quick reply. {HELP}")
        return {"payload": typed, "title": typed} if typed[:1] == "/" else typed


def from_terminal(model: Path, name: str, topic: str) -> bool:
    """Record with this model from the terminal, or from what is piped in; gives whether a talk was kept."""
    if not (sys.stdin.isatty() or (name and topic)):
        print("Turns from a pipe need --name and --topic, as no one can be asked.", file=sys.stderr)
        return False
    from charley.rasa.quiet import be_quiet

    print("Loading the assistant (about 15 seconds) …", flush=True)
    be_quiet()
    from charley.rasa.converse import load_assistant

    with suppress(ImportError):
        import readline  # noqa: F401  (arrow keys, and what was typed before)
    assistant = load_assistant(model)
    anonymous("")  # learns the words that it knows, which takes seconds: better now than in the chat
    ask = input if sys.stdin.isatty() else lines_as_asked(sys.stdin, print)
    return run(assistant, Path(), ask, print, name, topic)


def run(assistant: Assistant, root: Path, ask: Ask, say: Say, name: str = "", topic: str = "") -> bool:
    """Chat until the trainer ends it, then keep it; gives whether it was kept.

    Args:
        name, topic: of the case; asked for where they are empty or can't be used.
    """
    recorder = Recorder(assistant)
    try:
        try:
            _chat(recorder, ask, say)
        except KeyboardInterrupt:
            if not recorder.turns or not _wanted(
                ask, f"\nKeep what was said (turns: {len(recorder.turns)})? [y/n] "
            ):
                raise Dropped from None
        _keep(recorder.talk, root, ask, say, name, topic)
        return True
    except Dropped:
        say("Nothing was kept.")
    except FileProblem as problem:
        say(str(problem))
        _leave(recorder.talk, root, say)
    except (KeyboardInterrupt, EOFError):
        _leave(recorder.talk, root, say)
    finally:
        recorder.close()
    return False


def lines_as_asked(lines: Iterable[str], say: Say) -> Ask:
    """Answers of a script: each line is what is typed next, and is shown."""
    waiting = iter(line.rstrip("\r\n") for line in lines)

    def ask(prompt: str) -> str:
        for line in waiting:
            if line.strip():
                say(f"{prompt}{line}")
                return line
        raise EOFError

    return ask


def _chat(recorder: Recorder, ask: Ask, say: Say) -> None:
    say(HELP)
    while True:
        try:
            typed = ask(f"\n{len(recorder.turns) + 1} > ").strip()
        except EOFError:
            return
        if typed == END:
            problem = _why_not(recorder.talk)
            if problem is None:
                return
            say(problem)
        elif typed == DROP:
            raise Dropped
        elif typed == BACK:
            recorder.take_back()
            say(f"Taken back. Turns left: {len(recorder.turns)}")
        elif typed in ("/help", "/?"):
            say(HELP)
        elif len(recorder.turns) == MAX_TURNS:
            say(f"A case has {MAX_TURNS} turns at most. Type {END} to keep it, or {BACK}.")
        elif typed:
            _turn(recorder, typed, say)


def _why_not(talk: Talk) -> str | None:
    """Why these turns can't be kept under any name; None where they can."""
    try:
        dialogue(talk, "any")
    except NotRecorded as problem:
        return str(problem)
    return None


def _turn(recorder: Recorder, typed: str, say: Say) -> None:
    try:
        turn = recorder.say(typed)
    except NotRecorded as problem:
        say(str(problem))
        return
    for line in _shown(recorder.turns[-1], turn):
        say(line)
    hidden = anonymous(typed)
    if has_placeholder(hidden) and not recorder.turns[-1].pressed:
        say(f"  This may tell of a person, or holds a word that I do not know: {hidden!r}")
        say(f"  It can't be kept like that. Type {BACK}, then say it in plain words.")


def _shown(exchange: Exchange, turn: Turn) -> Iterator[str]:
    sure = f" ({exchange.confidence:.0%} sure)" if exchange.confidence is not None else ""
    about = f", about {', '.join(exchange.subjects)}" if exchange.subjects else ""
    yield f"  taken for {exchange.intent or 'no message'}{sure}{about}; care level {exchange.care_level}"
    yield f"  facts said: {', '.join(exchange.fact_ids) or 'none'}"
    number = 0
    for reply in turn.replies:
        yield "\n".join(f"  | {line}" for line in reply["text"].splitlines())
        for button in reply["buttons"]:
            number += 1
            yield f"    /{number} {button['title']}"


def _keep(talk: Talk, root: Path, ask: Ask, say: Say, name: str, topic: str) -> None:
    """Write the files, asking for a name and a topic until they can be used."""
    problem = _why_not(talk)
    if problem is not None:
        say(problem)
        raise Dropped
    while True:
        name = name or ask("\nWhat is the case, in a few words? (for example: asks again after a detour) ")
        topic = topic or ask("What is its topic? (it names the file; for example: zinc) ")
        try:
            drafts = record(root, talk, name, topic)
            break
        except NotRecorded as refused:
            say(str(refused))
            name = topic = ""
    why_not = story_of(root, talk).why_not
    save(drafts, root)
    say("")
    for draft in drafts:
        say(f"Written: {draft.path.relative_to(root)}")
    if why_not:
        say(f"Only the test was written, no story. {why_not}")
    say("\nNext:")
    for step in _next_steps(topic_of(topic), trains=not why_not):
        say(f"    {step}")


def _next_steps(topic: str, trains: bool) -> Iterator[str]:
    yield ".venv/bin/charley check"
    if trains:
        yield ".venv/bin/charley train"
    yield f".venv/bin/pytest tests/conversations/test_conversations.py -k {topic}"


def _wanted(ask: Ask, question: str) -> bool:
    return ask(question).strip().lower().startswith("y")


def _leave(talk: Talk, root: Path, say: Say) -> None:
    """Put what was said where it can be found again."""
    if talk.turns:
        with suppress(NotRecorded, FileProblem, OSError):
            path = root / LEFT_OVER
            path.parent.mkdir(exist_ok=True)
            path.write_text(dialogue(talk, "not named yet"), encoding="utf-8")
            say(f"\nNothing was added to the tests. What was said is in {LEFT_OVER}.")
            return
    say("\nNothing was kept.")


def _exchange(given: str | dict[str, str], turn: Turn) -> Exchange:
    metadata = [reply["metadata"] for reply in turn.replies]
    intent: dict[str, Any] = turn.intent or {}
    return Exchange(
        said=given if isinstance(given, str) else given["title"],
        pressed=None if isinstance(given, str) else given["payload"],
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        ranking=(),
        subjects=list(dict.fromkeys(e["value"] for e in turn.entities if e["entity"] == "subject")),
        care_level=turn.care_level.value,
        kinds=[m["kind"] for m in metadata],
        fact_ids=list(dict.fromkeys(id_ for m in metadata for id_ in m["fact_ids"])),
        replies=[reply["text"] for reply in turn.replies],
        at=datetime.now(timezone.utc),
        thumb=None,
    )
