"""The inbox in a terminal (`charley inbox`): a table of what waits, or one group after the other to be settled."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from charley.care.levels import CareLevel
from charley.trainers.files import FileProblem
from charley.trainers.inbox.incoming import Reason
from charley.trainers.inbox.items import Group
from charley.trainers.inbox.opening import open_inbox
from charley.trainers.inbox.settling import Refused, Settled, accept, correct, dismiss, titles, undo
from charley.trainers.talks import Talk, read_talks

Ask = Callable[
    [str, str], str
]  # a prompt, and what stands there to be edited → what was typed; EOFError at the end
Say = Callable[[str], None]
KEYS = "a accept · c correct · e edit · o other words · d dismiss · s skip · u undo · q quit > "
NO_TALKS = (
    "No one has talked to Charley yet: the tracker store of endpoints.yml is empty. Start it with `charley run`, "
    "and look again when people have asked something."
)
NOTHING_WAITS = "Nothing waits: every message was answered well, or has been settled."
FOR_A_CLINICIAN = "Warning signs are for a clinician to change: data/care/README.md says how."
THEN = "Now check, then train: charley check && charley train"
SHOWN = 5  # facts, and other wordings, of a group
NARROWEST = 60  # columns


def from_terminal(model: Path, limit: int | None, why: Sequence[str], as_json: bool, only_list: bool) -> None:
    """Show the inbox of this project; settle it group by group where someone sits at a terminal.

    Args:
        why: names of reasons; none for all.

    Raises:
        ValueError: if there is no such reason.
        charley.trainers.talks.StoreProblem: if the talks can't be read.
        charley.knowledge.KnowledgeError: if data/ can't be used.
        FileProblem: if a file of the inbox or of data/nlu/ is broken.
    """
    reasons = [_reason(name) for name in why]
    talks = asyncio.run(read_talks())
    if not talks and not as_json:
        print(NO_TALKS)
        return
    groups = _open(model, talks, reasons)[:limit] if talks else []
    if as_json:
        print(json.dumps([as_dict(group) for group in groups], indent=1, ensure_ascii=False))
    elif not groups:
        print(NOTHING_WAITS)
    elif only_list or not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(table(groups, get_terminal_size().columns if sys.stdout.isatty() else None))
    else:
        Sitting(groups, Path(), _typed, print).run()


def _open(model: Path, talks: Sequence[Talk], reasons: Collection[Reason]) -> list[Group]:
    print("Loading the assistant (about 15 seconds) …", file=sys.stderr, flush=True)
    from charley.rasa.converse import load_assistant

    return asyncio.run(open_inbox(load_assistant(model), talks=talks, reasons=reasons or tuple(Reason)))


def _reason(name: str) -> Reason:
    try:
        return Reason(name.replace("-", "_"))
    except ValueError:
        known = ", ".join(reason.value for reason in Reason)
        raise ValueError(f"There is no reason {name!r}. Choose of: {known}.") from None


def as_dict(group: Group) -> dict[str, Any]:
    """A group as plain data."""
    proposal = group.proposal
    return {
        "text": group.text,
        "count": group.count,
        "reasons": {reason.value: times for reason, times in group.reasons},
        "care_level": group.level.value,
        "intent": proposal.intent,
        "confidence": round(proposal.confidence, 4),
        "others": [{"intent": name, "confidence": round(sure, 4)} for name, sure in proposal.others],
        "facts": [{"id": fact.id, "statement": fact.statement} for fact in proposal.facts],
        "messages": [{"text": item.text, "count": item.count} for item in group.items],
    }


def table(groups: Sequence[Group], width: int | None = None) -> str:
    """The groups as lines of a table, whole or cut to a width."""
    rows = [("times", "care", "text", "why", "taken for")]
    for group in groups:
        level = "" if group.level is CareLevel.NONE else group.level.value
        why = ", ".join(reason.told for reason, _ in group.reasons)
        intent = f"{group.proposal.intent} {group.proposal.confidence:.0%}" if group.proposal.intent else "?"
        text = group.text if width is None else _cut(group.text, max(width, NARROWEST) // 2)
        rows.append((str(group.count), level, text, why, intent))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    shown = lines if width is None else [_cut(line, max(width, NARROWEST)) for line in lines]
    if any(group.level > CareLevel.NONE for group in groups):
        shown.append(FOR_A_CLINICIAN)
    return "\n".join(shown)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


class Sitting:
    """Goes through groups with a trainer. What was settled is saved at once, however the sitting ends."""

    def __init__(self, groups: Sequence[Group], root: Path, ask: Ask, say: Say) -> None:
        self._groups, self._root, self._ask, self._say = groups, root, ask, say
        self._at = 0
        self._text: str | None = None  # as edited
        self._done: list[tuple[int, Settled]] = []

    def run(self) -> None:
        """Until all groups are through, or the trainer ends it (q, ctrl-C or ctrl-D)."""
        try:
            while self._at < len(self._groups):
                self._show()
                if not self._take(self._ask(KEYS, "").strip().lower()):
                    break
        except (EOFError, KeyboardInterrupt):
            self._say("")
        finally:
            self._say(self._summary())

    @property
    def _group(self) -> Group:
        return self._groups[self._at]

    def _show(self) -> None:
        group, proposal = self._group, self._group.proposal
        why = ", ".join(f"{reason.told} {times}" for reason, times in group.reasons)
        lines = [
            "",
            f"{self._at + 1} of {len(self._groups)} · {_times(group.count)} · {why}",
            f"  “{self._text or group.text}”",
        ]
        others = [item.text for item in group.items if item.text != group.text]
        lines += [f"    also “{text}”" for text in others[:SHOWN]]
        if len(others) > SHOWN:
            lines.append(f"    and {len(others) - SHOWN} more")
        if group.level > CareLevel.NONE:
            lines.append(f"  ! The care guard sees {group.level.value} here. {FOR_A_CLINICIAN}")
        if proposal.intent:
            maybe = "".join(f", or {name} {sure:.0%}" for name, sure in proposal.others[:1])
            lines.append(f"  Charley takes it for {proposal.intent} ({proposal.confidence:.0%}{maybe})")
        else:
            lines.append("  Charley has no idea what it asks.")
        lines += [f"    {fact.id}: {fact.statement}" for fact in proposal.facts[:SHOWN]]
        self._say("\n".join(lines))

    def _take(self, key: str) -> bool:
        """Do what was typed; False to end."""
        deeds: dict[str, Callable[[], None]] = {
            "a": self._accept, "c": self._correct, "e": self._edit, "o": self._other, "d": self._dismiss,
            "s": self._next, "u": self._undo,
        }  # fmt: skip
        if key == "q":
            return False
        try:
            if key in deeds:
                deeds[key]()
            else:
                self._say("Type one of the letters, then Enter.")
        except (Refused, FileProblem) as problem:
            self._say(f"  Not done: {problem}")
        return True

    def _accept(self) -> None:
        self._settled(accept(self._group, text=self._text, root=self._root))

    def _correct(self) -> None:
        intent = self._choose(list(titles(self._root).items()))
        if intent:
            self._settled(correct(self._group, intent=intent, text=self._text, root=self._root))

    def _choose(self, intents: Sequence[tuple[str, str]]) -> str | None:
        """An intent, by its number or by words of it; None to go back."""
        shown = intents
        while True:
            self._say(
                "\n".join(
                    f"  {n:3d}  {title}  ({intent})" for n, (intent, title) in enumerate(shown, start=1)
                )
            )
            typed = self._ask("Number, or words to search for (Enter: back) > ", "").strip().lower()
            if not typed:
                return None
            if typed.isdigit() and 1 <= int(typed) <= len(shown):
                return shown[int(typed) - 1][0]
            found = [
                pair for pair in intents if typed.replace(" ", "_") in pair[0] or typed in pair[1].lower()
            ]
            if not found:
                self._say("  None of that name.")
            shown = found or intents

    def _edit(self) -> None:
        typed = self._ask("Text > ", self._text or self._group.text).strip()
        self._text = typed or None

    def _other(self) -> None:
        items = self._group.items
        self._say("\n".join(f"  {n:3d}  {item.text}" for n, item in enumerate(items, start=1)))
        typed = self._ask("Number of the words to take (Enter: back) > ", "").strip()
        if typed.isdigit() and 1 <= int(typed) <= len(items):
            self._text = items[int(typed) - 1].text

    def _dismiss(self) -> None:
        why = self._ask("Why? (Enter: no note) > ", "").strip()
        self._settled(dismiss(self._group, why=why, root=self._root))

    def _undo(self) -> None:
        if not self._done:
            self._say("  Nothing to undo in this sitting.")
            return
        at, settled = self._done[-1]
        undo(self._root, settled)
        self._done.pop()
        self._at, self._text = at, None
        self._say(f"  Taken back: “{settled.example}”." if settled.example else "  Taken back.")

    def _settled(self, settled: Settled) -> None:
        if settled.path:
            self._say(f"  Written to {settled.path}, line {settled.line}, as {settled.intent}.")
        self._done.append((self._at, settled))
        self._next()

    def _next(self) -> None:
        self._at, self._text = self._at + 1, None

    def _summary(self) -> str:
        written = Counter(str(settled.path) for _, settled in self._done if settled.path)
        dismissed = sum(settled.path is None for _, settled in self._done)
        lines = [f"Written: {_examples(times)} in {path}." for path, times in sorted(written.items())]
        lines += [f"Dismissed: {dismissed}."] if dismissed else []
        return "\n".join([*lines, THEN] if written else lines or ["Nothing was changed."])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _examples(count: int) -> str:
    return "1 example" if count == 1 else f"{count} examples"


def _typed(prompt: str, given: str) -> str:
    """What is typed at the terminal; `given` stands there to be edited."""
    with suppress(ImportError):
        import readline

        readline.set_startup_hook(lambda: readline.insert_text(given))
        try:
            return input(prompt)
        finally:
            readline.set_startup_hook(None)
    return input(prompt)
