"""The validated fact table and the look-ups on it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from charley.facts.schema import Attribute, Fact, Picture, Source, Subject, SubjectKind


class FactTable(BaseModel):
    """All facts, subjects, sources and pictures, by id, in file order.

    Made by `charley.facts.load.load_table` from data/facts/, or from a model's snapshot by
    `FactTable.parse_obj`. Never changes once made.

    Raises:
        KeyError: by every look-up that is given an unknown id.
    """

    class Config:
        keep_untouched = (cached_property,)

    facts: dict[str, Fact]
    subjects: dict[str, Subject]
    sources: dict[str, Source]
    pictures: dict[str, Picture] = {}

    def snapshot(self) -> dict[str, Any]:
        """The table as plain JSON-able data, to be kept with a trained model."""
        plain: dict[str, Any] = json.loads(self.json(include={"facts", "subjects", "sources", "pictures"}))
        return plain

    def without(self, facts: Collection[str]) -> FactTable:
        """The table as if these facts (by id) did not stand in it; a caution that others need stays."""
        needed = {fact.caution for fact in self.facts.values()}
        kept = {id_: fact for id_, fact in self.facts.items() if id_ not in facts or id_ in needed}
        table = FactTable.construct(
            facts=kept, subjects=self.subjects, sources=self.sources, pictures=self.pictures
        )
        for name in ("_telling_of", "_named_in"):  # finding names in all facts anew takes 200 ms
            found: dict[str, list[Fact]] = getattr(self, name)
            table.__dict__[name] = {id_: [f for f in facts if f.id in kept] for id_, facts in found.items()}
        return table

    @cached_property
    def _cells(self) -> dict[tuple[str, Attribute], list[Fact]]:
        cells: dict[tuple[str, Attribute], list[Fact]] = defaultdict(list)
        for fact in self.facts.values():
            cells[fact.subject, fact.attribute].append(fact)
        return cells

    @cached_property
    def _telling_of(self) -> dict[str, list[Fact]]:
        """Food or gap -> facts of other subjects that name it: what a food provides, or all there is."""
        telling: dict[str, list[Fact]] = {}
        for subject in self.subjects.values():
            if subject.kind not in (SubjectKind.FOOD, SubjectKind.GAP):
                continue
            named = _naming(subject)
            telling[subject.id] = [
                fact
                for fact in self.facts.values()
                if (subject.kind is SubjectKind.GAP or fact.attribute is Attribute.FOOD_SOURCES)
                and named.search(fact.statement)
            ]
        return telling

    @cached_property
    def _named_in(self) -> dict[str, list[Fact]]:
        """Subject -> facts of cramps that name it."""
        of_cramps = [f for f in self.facts.values() if self.subjects[f.subject].kind is SubjectKind.CRAMP]
        return {
            id_: [fact for fact in of_cramps if fact.subject != id_ and named.search(fact.statement)]
            for id_, named in ((subject.id, _naming(subject)) for subject in self.subjects.values())
        }

    def about(self, subject: str, attributes: Iterable[Attribute]) -> list[Fact]:
        """Facts of a subject, attribute by attribute, in file order within each.

        A food's `food_sources` are the facts of the nutrients that it provides; of a gap, those
        that mention it at all.
        """
        found: list[Fact] = []
        for attribute in attributes:
            found += self._cells.get((subject, attribute), [])
            found += [fact for fact in self._telling_of.get(subject, []) if fact.attribute is attribute]
        return list(dict.fromkeys(found))

    def about_within(self, subject: str, cramps: Collection[str], attribute: Attribute) -> list[Fact]:
        """Facts of these cramps that name the subject: "stretching may help" is said of leg cramps too."""
        return [f for f in self._named_in[subject] if f.subject in cramps and f.attribute is attribute]

    def attributes_of(self, subject: str) -> list[Attribute]:
        """The attributes on which a subject has facts, in the order of `Attribute`."""
        return [attribute for attribute in Attribute if self.about(subject, [attribute])]

    def sources_of(self, facts: Iterable[Fact]) -> list[Source]:
        """The sources of these facts, each once, in the order in which they are first needed."""
        ids = dict.fromkeys(source for fact in facts for source in fact.sources)
        return [self.sources[id_] for id_ in ids]

    def pictures_of(self, facts: Iterable[Fact]) -> list[Picture]:
        """The drawings that show what these facts tell to do, in the order of the facts."""
        shown = (p for fact in facts for p in self.pictures.values() if fact.id in p.facts)
        return list(dict.fromkeys(shown))


def _naming(subject: Subject) -> re.Pattern[str]:
    """Finds any of a subject's names."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, subject.all_names))})\b", re.IGNORECASE)
