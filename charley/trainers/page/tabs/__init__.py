"""The tabs, in the order in which they stand; the address names the one that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from charley.trainers.page.tabs import conversations, facts, figures, inbox, sentence, understanding


@dataclass(frozen=True)
class Tab:
    """One tab. `takes` are the parts of an address's query that its layout is opened with."""

    path: str
    name: str
    layout: Callable[..., Any]
    takes: frozenset[str] = frozenset()


TABS = (
    Tab("/try", "Try a sentence", sentence.layout, frozenset({"text"})),
    Tab("/conversations", "Conversations", conversations.layout, frozenset({"talk", "show"})),
    Tab("/facts", "Facts", facts.layout, frozenset({"fact", "subject", "attribute", "view"})),
    Tab("/inbox", "Inbox", inbox.layout),
    Tab("/understanding", "Understanding", understanding.layout),
    Tab("/figures", "Figures", figures.layout),
)
