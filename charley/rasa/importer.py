"""Brings the fact table into Rasa's training data: subjects become look-ups and synonyms.

Named in config.yml, so that every Rasa command (train, test, data validate …) sees and
fingerprints the same data, and nothing generated is ever committed.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rasa.shared.exceptions import RasaException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.facts import FactTable
from charley.knowledge import KnowledgeError, load_knowledge

SUBJECT = "subject"  # the one entity: what a message is about


class FactTableImporter(RasaFileImporter):
    """Rasa's files plus the names of the fact table's subjects."""

    @cached_property
    def _table(self) -> FactTable:
        try:
            return load_knowledge().table
        except KnowledgeError as error:
            raise RasaException(f"The data can't be used:\n{error}") from error

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Rasa's examples with one look-up table of all names, and each name's subject id."""
        subjects = self._table.subjects.values()
        synonyms = {name.lower(): subject.id for subject in subjects for name in subject.all_names}
        lookup: dict[str, Any] = {"name": SUBJECT, "elements": sorted(synonyms)}
        generated = TrainingData(entity_synonyms=synonyms, lookup_tables=[lookup])
        return super().get_nlu_data(language).merge(generated)
