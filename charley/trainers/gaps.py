"""What people asked about though the fact table holds nothing on it: counted, without anyone's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from charley.facts import FactTable, SubjectKind
from charley.trainers.talks import Talk


def asked_in_vain(talks: Iterable[Talk], table: FactTable) -> Counter[tuple[str, str]]:
    """How often each subject that is a gap was named: (subject id, intent) -> messages."""
    gaps = {subject.id for subject in table.subjects.values() if subject.kind is SubjectKind.GAP}
    turns = (turn for talk in talks for turn in talk.turns)
    return Counter((id_, turn.intent or "-") for turn in turns for id_ in turn.subjects if id_ in gaps)
