"""Opens the inbox: reads the talks, takes out what tells of people, groups what is alike, proposes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from tqdm import tqdm

from charley.answers import Asked, answer
from charley.care.levels import CareLevel
from charley.facts import Fact
from charley.knowledge import Knowledge, load_knowledge
from charley.reading.encoder import sentence_encoder
from charley.trainers.anonymous import NOT_ENGLISH, anonymous, has_placeholder
from charley.trainers.inbox import handled
from charley.trainers.inbox.incoming import Incoming, Reason, incoming
from charley.trainers.inbox.items import Group, Item, Proposal, key_of
from charley.trainers.talks import SLOW, Talk, read_talks

if TYPE_CHECKING:
    from rasa.core.tracker_store import TrackerStore

    from charley.rasa.assistant import Assistant

# Cosine from which messages go together: see charley.trainers.inbox.incoming.AGAIN for the pairs it was chosen on;
# a little higher, as a group is settled as one.
ALIKE = 0.75
MOST = 3_000  # different messages that are grouped, latest first: the work grows with their square
NO_IDEA = frozenset({"nlu_fallback", "not_english"})
OTHERS = 3


async def open_inbox(
    assistant: Assistant,
    store: TrackerStore | None = None,
    root: Path = Path(),
    reasons: Collection[Reason] = tuple(Reason),
    talks: Sequence[Talk] | None = None,
) -> list[Group]:
    """What waits for a trainer: what may be dangerous first, then what came most often.

    Args:
        assistant: the loaded assistant, which proposes.
        store: where the talks are kept; None for the store of endpoints.yml.
        root: the project's folder.
        reasons: only what came in for one of these.
        talks: those read already; `store` is not looked at then.

    Raises:
        charley.trainers.talks.StoreProblem: if the talks can't be read.
        charley.knowledge.KnowledgeError: if data/ can't be used.
        charley.trainers.files.FileProblem: if var/inbox.json or the examples can't be read.
    """
    known = load_knowledge(root)
    talks = await read_talks(store) if talks is None else talks
    items = items_of(incoming(talks, known.table), root)
    done = handled.settled(root)
    waiting = [i for i in items if i.reasons & set(reasons) and not done.has(i.key)]
    shown = tqdm(grouped(waiting), unit="group", desc="Proposing", delay=SLOW, leave=False, disable=None)
    groups = [await _proposed(group, assistant, known) for group in shown]
    return sorted(groups, key=lambda group: (-group.level.rank, -group.count, group.key))


def items_of(messages: Iterable[Incoming], root: Path = Path()) -> list[Item]:
    """The messages without what tells of people, each once, latest first; what is not English is left out."""
    found: dict[str, Item] = {}
    for message in messages:
        exchange = message.exchange
        text = " ".join(anonymous(exchange.said, root).split())
        if text == NOT_ENGLISH or not key_of(text):
            continue
        level, at = CareLevel(exchange.alarm), exchange.at
        new = Item(text, 1, message.reasons, level, message.answered_as, at)
        old = found.get(new.key)
        found[new.key] = new if old is None else _joined(old, new)
    return sorted(found.values(), key=lambda item: item.at, reverse=True)


def grouped(items: Sequence[Item]) -> list[Group]:
    """The items, alike ones together; no proposals yet."""
    items = items[:MOST]
    if not items:
        return []
    vectors = np.stack(sentence_encoder().encode_all([item.text for item in items]))
    labels = np.zeros(len(items), dtype=int)
    if len(items) > 1:
        # Of unit vectors the distance says the same as the cosine.
        clusters = AgglomerativeClustering(
            n_clusters=None, linkage="average", distance_threshold=sqrt(2 - 2 * ALIKE)
        )
        labels = clusters.fit_predict(vectors)
    groups = []
    for label in range(labels.max() + 1):
        members = np.flatnonzero(labels == label)
        central = vectors[members] @ vectors[members].mean(axis=0)
        # What lacks nothing can be accepted as it is.
        best = max(
            range(len(members)), key=lambda i: (not has_placeholder(items[members[i]].text), central[i])
        )
        own = sorted((items[i] for i in members), key=lambda item: -item.count)
        level = max(item.level for item in own)
        groups.append(Group(items[members[best]].text, own, level, Proposal(None, 0.0)))
    return groups


async def _proposed(group: Group, assistant: Assistant, known: Knowledge) -> Group:
    """The group with what Charley makes of its text, read anew."""
    parsed = await assistant.parse(group.text)
    ranking = [(each["name"], each["confidence"]) for each in parsed.get("intent_ranking") or ()]
    likely = [(name, sure) for name, sure in dict(reversed(ranking)).items() if name not in NO_IDEA][::-1]
    later = next((item.answered_as for item in group.items if item.answered_as), None)
    if later:  # the person said what was meant
        likely = [(later, dict(likely).get(later, 0.0)), *((n, s) for n, s in likely if n != later)]
    level = max(group.level, CareLevel((parsed.get("care") or {}).get("level", CareLevel.NONE)))
    if not likely:
        return replace(group, level=level)
    intent, sure = likely[0]
    facts = facts_for(intent, parsed.get("entities") or (), known)
    return replace(group, level=level, proposal=Proposal(intent, sure, likely[1 : 1 + OTHERS], facts))


def facts_for(intent: str, entities: Iterable[Mapping[str, Any]], known: Knowledge) -> Sequence[Fact]:
    """The facts that would answer a message; none for what is not looked up."""
    if intent not in known.questions:
        return ()
    named = [
        e["value"] for e in entities if e.get("entity") == "subject" and e["value"] in known.table.subjects
    ]
    subjects = list(dict.fromkeys(named))
    if not subjects and known.questions[intent].needs_subject:
        return ()
    return answer(known.table, known.questions, [Asked(intent, subjects)]).facts


def _joined(old: Item, new: Item) -> Item:
    """The same message twice."""
    return replace(
        max(old, new, key=lambda item: item.at),
        count=old.count + new.count,
        reasons=old.reasons | new.reasons,
        level=max(old.level, new.level),
        answered_as=old.answered_as or new.answered_as,
    )
