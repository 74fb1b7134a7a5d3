"""Which facts are left out of answers after what was told: data/care/cautions.yml applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from charley.care.flags import Caution
from charley.facts import Fact


def left_out(facts: Iterable[Fact], cautions: Sequence[Caution]) -> dict[str, str]:
    """Fact id -> what to say instead, for every fact that one of these cautions forbids."""
    found: dict[str, str] = {}
    for caution in cautions:
        words = "|".join(re.escape(word) for word in caution.words)
        named = re.compile(rf"\b(?:{words})\b", re.IGNORECASE) if words else None
        for fact in facts:
            if fact.attribute not in caution.attributes:
                continue
            if fact.subject in caution.subjects or named is None or named.search(fact.statement):
                found.setdefault(fact.id, caution.say)
    return found
