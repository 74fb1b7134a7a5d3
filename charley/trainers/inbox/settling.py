"""Settles what lies in the inbox: an example more in data/nlu/, or nothing; and takes the last back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from charley.answers import load_questions
from charley.answers.questions import QUESTIONS_FILE
from charley.care.levels import CareLevel
from charley.care.twins import near_twins
from charley.trainers.anonymous import NOT_ENGLISH, anonymous, has_placeholder
from charley.trainers.check.project import DOMAIN, Project
from charley.trainers.files import read, save
from charley.trainers.inbox.examples import Block, blocks
from charley.trainers.inbox.handled import read_handled
from charley.trainers.inbox.items import Group, Item, key_of

LONGEST = 500  # characters of an example: as the longest there are
ACCEPTED, CORRECTED, DISMISSED = "accepted", "corrected", "dismissed"


class Refused(ValueError):
    """What a trainer wanted would do harm; says why, and what to do instead."""


@dataclass(frozen=True)
class Settled:
    """What was done.

    Attributes:
        how: "accepted", "corrected" or "dismissed".
        example: what was written; None where nothing was.
        line: counted from 1.
        id: of its entry in var/inbox.json, for `undo`.
    """

    how: str
    id: str
    intent: str | None = None
    example: str | None = None
    path: Path | None = None
    line: int | None = None


def accept(
    what: Group | Item, intent: str | None = None, *, text: str | None = None, root: Path = Path()
) -> Settled:
    """Write a message as an example of an intent. Of a group its leading text is written, and all of it is settled.

    Args:
        intent: None for the one that a group proposes.
        text: the message as the trainer edited it.

    Raises:
        Refused: if the example would do harm.
        charley.trainers.files.Changed: if someone else saved the file in this moment.
        charley.trainers.files.FileProblem: if a file is broken or can't be written; nothing is then.
    """
    proposed = what.proposal.intent if isinstance(what, Group) else None
    intent = intent or proposed
    if intent is None:
        raise Refused("Charley proposes no intent for this. Choose one.")
    how = ACCEPTED if intent == proposed or proposed is None else CORRECTED
    return _write(what, intent, what.text if text is None else text, how, root)


def correct(what: Group | Item, *, intent: str, text: str | None = None, root: Path = Path()) -> Settled:
    """As `accept`, with an intent that Charley did not propose."""
    return _write(what, intent, what.text if text is None else text, CORRECTED, root)


def dismiss(what: Group | Item, *, why: str = "", root: Path = Path()) -> Settled:
    """Settle a message without learning from it.

    Args:
        why: a note of the trainer's own.

    Raises:
        charley.trainers.files.FileProblem: if var/inbox.json is broken or can't be written.
    """
    kept = read_handled(root)
    entry = _entry(what, DISMISSED, kept.hash) | ({"why": why} if why else {})
    kept.entries.append(entry)
    save([kept.draft()], root)
    return Settled(DISMISSED, entry["id"])


def undo(root: Path = Path(), what: Settled | None = None) -> Settled | None:
    """Take back what was settled last, or `what`; None where there is nothing to take back.

    The example is taken out again, unless it is gone already.

    Raises:
        charley.trainers.files.FileProblem: if a file is broken or can't be written; nothing is then.
    """
    kept = read_handled(root)
    entry = next((e for e in reversed(kept.entries) if what is None or e.get("id") == what.id), None)
    if entry is None:
        return None
    kept.entries.remove(entry)
    drafts = [kept.draft()]
    done = Settled(entry["how"], entry.get("id", ""), entry.get("intent"))
    for block in blocks(root) if "example" in entry else ():
        written = [
            (at, e)
            for at, e in block.examples()
            if block.intent == done.intent and kept.hash(e) == entry["example"]
        ]
        if written and block.path.name == entry["file"]:
            at, example = written[-1]
            drafts.insert(0, block.without_example(at))
            done = Settled(done.how, done.id, done.intent, example, block.path, at + 1)
            break
    save(drafts, root)
    return done


def titles(root: Path = Path()) -> dict[str, str]:
    """The intents that have examples, in the order of the domain, each with a title for people.

    Raises:
        FileProblem: if a file is broken.
    """
    held = {block.intent for block in blocks(root)}
    questions = load_questions(root / QUESTIONS_FILE).by_intent
    domain = yaml.safe_load(read(root / DOMAIN))
    named = [next(iter(i)) if isinstance(i, dict) else i for i in domain["intents"]]
    order = [*(i for i in named if i in held), *sorted(held - set(named))]
    return {i: questions[i].title if i in questions else _plain(i) for i in order}


def _plain(intent: str) -> str:
    return intent.removeprefix("ask_").replace("_", " ").capitalize()


def _write(what: Group | Item, intent: str, text: str, how: str, root: Path) -> Settled:
    example = " ".join(text.split())
    found = blocks(root)
    _check(example, intent, found, root)
    block = _block_for(what.level, intent, found)
    draft = block.with_example(example)
    kept = read_handled(root)
    written = {"intent": intent, "file": block.path.name, "example": kept.hash(example)}
    entry = _entry(what, how, kept.hash) | written
    kept.entries.append(entry)
    save([draft, kept.draft()], root)
    line = next(at for at, (a, b) in enumerate(_lines(block.text, draft.text), start=1) if a != b)
    return Settled(how, entry["id"], intent, example, block.path, line)


def _lines(before: str, after: str) -> Sequence[tuple[str, str]]:
    after_lines = after.splitlines()
    return list(zip([*before.splitlines(), ""], after_lines, strict=False))


def _entry(what: Group | Item, how: str, hash_: Any) -> dict[str, Any]:
    keys = dict.fromkeys([what.key, *(item.key for item in what.items)])
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return {"id": secrets.token_hex(8), "keys": [hash_(key) for key in keys], "how": how, "at": now}


def _check(example: str, intent: str, found: Sequence[Block], root: Path) -> None:
    """Raise Refused if an example must not be written."""
    if not key_of(example):
        raise Refused("There is nothing to write: the text is empty.")
    if NOT_ENGLISH in example or anonymous(example, root) == NOT_ENGLISH:
        raise Refused("This is not English, and Charley reads no other language. Dismiss it.")
    if has_placeholder(example):
        raise Refused(
            "Something was taken out of this text. Edit it first, so that it can stand for anybody."
        )
    if example.startswith("/") or re.search(r"\[[^\]]*\]\s*[({]", example):
        raise Refused(
            "Rasa would read this as a command or as a marked entity. Edit it: no leading / and no […](…)."
        )
    if len(example) > LONGEST:
        raise Refused(f"An example has {LONGEST} characters at most. Edit it down to the question.")
    if intent not in {block.intent for block in found}:
        raise Refused(
            f"There are no examples of {intent!r} in data/nlu/. Choose one of the intents that have some."
        )
    project = Project(root)
    for other in project.examples:
        if key_of(other.text) == key_of(example):
            where = f"{project.name(other.path)}, line {other.line}"
            if other.label == intent:
                raise Refused(f"This is an example of {intent} already: {where}. Dismiss it.")
            raise Refused(f"This is an example of {other.label} already: {where}. Take it out there first.")
    tests = project.tests
    twin = next(near_twins([example], [test.text for test in tests]), None)
    if twin:
        test = tests[twin[1]]
        raise Refused(
            f"A test says nearly the same: {project.name(test.path)}, line {test.line}. Learnt from, it would "
            "test nothing any more. Put it in other words, or dismiss it."
        )


def _block_for(level: CareLevel, intent: str, found: Sequence[Block]) -> Block:
    """Where an example goes: the first block of its intent, by file name and place, but none that holds read ones only.

    Of what may be dangerous nothing is learnt as harmless: it goes where the care guard does not learn.
    """
    from charley.rasa.care_guard import NOT_CALM

    own = [block for block in found if block.intent == intent and not block.harmless]
    if level is CareLevel.NONE:
        return next((block for block in own if not block.needs_care), own[0])
    marked = [block for block in own if block.needs_care]
    if marked or intent in NOT_CALM:
        return (marked or own)[0]
    raise Refused(
        f"The care guard sees a warning sign in this ({level.value}): as an example of {intent} it would be learnt as "
        "harmless. Leave it to a clinician, who may change data/care/ (data/care/README.md says how)."
    )
