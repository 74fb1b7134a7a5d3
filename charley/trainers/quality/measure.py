"""Measures a model before it is put in service; what cannot have changed is not measured again."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from charley.knowledge import read_model
from charley.rasa.inputs import LABEL, MadeFrom
from charley.trainers.quality import care, details
from charley.trainers.quality.cross_validation import cross_validate
from charley.trainers.quality.details import Details, Guess
from charley.trainers.quality.figures import Share
from charley.trainers.quality.messages import HELD_OUT, fingerprint, is_declined, is_right, read

if TYPE_CHECKING:
    from charley.rasa.assistant import Assistant

SCOPE_FILES = ("intents.csv", "out_of_scope.csv")
# Parts of a model that read no message.
SILENT = ("KnowledgeKeeper", "CarePolicy", "MemoizationPolicy", "domain_provider", "finetuning_validator")
CODE = ("charley/care/", "charley/reading/", "charley/rasa/", "config.yml")
GOALS = {  # figures of `margins.MEASURES` that are figures of the safety goals
    "emergencies_missed": "emergencies (and self-harm) below emergency",
    "care_missed": "same-day and see-doctor below their level",
    "care_exact": "exact level",
    "look_alikes_raised": "look-alikes above none",
}
_T = TypeVar("_T")


def can_measure(root: Path = Path()) -> bool:
    """Whether the messages to measure on are there; a deployed copy has none."""
    return (root / HELD_OUT).is_dir()


def measure(model: Path, made: MadeFrom, root: Path = Path()) -> Details:
    """Measure, keep the details in var/quality.json, and give them; `root` is the current folder.

    Args:
        made: the model's label.
    """
    key, messages = understanding(model, made), fingerprint(root / HELD_OUT)
    before = details.last(root)
    if before is not None and (before.understanding, before.messages) == (key, messages):
        print("Intents and care are read as before: not measured again.", flush=True)
        shares = {name: Share(*share) for name, share in before.shares.items()}
        cross_validated, held_out = list(before.cross_validated), list(before.held_out)
        shares |= asyncio.run(_answer(_loaded(model), model, root))
    else:
        print("Measuring on the examples, fold by fold, and on messages written apart …", flush=True)
        with ProcessPoolExecutor(1, get_context("spawn")) as beside:  # on another processor
            folds = beside.submit(_cross_validated, model, root)
            assistant = _loaded(model)
            held_out, shares = asyncio.run(_all(assistant, model, root))
            cross_validated = folds.result()
        shares |= {"cross_validated": _right(cross_validated), "intents": _right(held_out)}
    counted = {name: (share.count, share.total) for name, share in shares.items()}
    found = Details(made.inputs, key, messages, counted, cross_validated, held_out)
    details.write(found, root)
    return found


def understanding(model: Path, made: MadeFrom) -> str:
    """A hash over all that reads messages: the learnt parts of a model, and the code."""
    digest = hashlib.sha256()
    for path, hashed in sorted(made.files.items()):
        if path.startswith(CODE):
            digest.update(f"{path} {hashed}\n".encode())
    with tarfile.open(model) as tar:
        for member in sorted((m for m in tar if m.isfile()), key=lambda m: m.name):
            silent = any(part in member.name for part in (*SILENT, LABEL, "metadata.json"))
            content = None if silent else tar.extractfile(member)
            if content is not None:
                digest.update(member.name.encode())
                digest.update(hashlib.sha256(content.read()).digest())
    return digest.hexdigest()


def _loaded(model: Path) -> Assistant:
    from charley.rasa.quiet import be_quiet

    be_quiet()
    from charley.rasa.converse import load_assistant

    print("Loading the new model …", flush=True)
    return load_assistant(model)


def _cross_validated(model: Path, root: Path) -> list[Guess]:
    return [guess for fold in cross_validate(model, root) for guess in fold]


async def _all(assistant: Assistant, model: Path, root: Path) -> tuple[list[Guess], dict[str, Share]]:
    held_out, care_shares = await _read(assistant, root)
    return held_out, {**care_shares, **await _answer(assistant, model, root)}


async def _read(assistant: Assistant, root: Path) -> tuple[list[Guess], dict[str, Share]]:
    """The intents and care levels that messages written apart are taken for."""
    held_out, reached = [], []
    for test in _shown(read("intents.csv", root / HELD_OUT), "held-out messages"):
        parsed = await assistant.parse(test.text)
        held_out.append(Guess("", test.intent, parsed["intent"]["name"]))
    for wording, alike in _shown(care.messages(root / care.CARE), "messages on care"):
        reached.append(care.Reached(wording, await care.level_of(assistant, wording.text), alike))
    found = care.shares(reached)
    return held_out, {name: found[goal] for name, goal in GOALS.items()}


async def _answer(assistant: Assistant, model: Path, root: Path) -> dict[str, Share]:
    """What is answered with a right fact, and what is declined."""
    facts = read_model(model).table.facts
    outside = [t for name in SCOPE_FILES for t in read(name, root / HELD_OUT) if not t.in_scope]
    questions = read("questions.csv", root / HELD_OUT)
    declined = [
        is_declined((await assistant.turn(uuid4().hex, test.text)).replies)
        for test in _shown(outside, "messages out of scope")
    ]
    right = [
        is_right(test, (await assistant.turn(uuid4().hex, test.text)).replies, facts)
        for test in _shown(questions, "questions")
    ]
    return {"answered": Share(sum(right), len(right)), "declined": Share(sum(declined), len(declined))}


def _right(guesses: list[Guess]) -> Share:
    return Share(sum(guess.right for guess in guesses), len(guesses))


def _shown(items: Sequence[_T], what: str) -> Iterator[_T]:
    """The items, with their progress on a terminal and a line elsewhere."""
    from tqdm import tqdm

    if not sys.stderr.isatty():
        print(f"Measuring on {len(items)} {what} …", flush=True)
    yield from tqdm(items, desc=f"Measuring on {what}", disable=None, leave=False)
