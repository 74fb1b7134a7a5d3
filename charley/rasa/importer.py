"""Brings data/ into Rasa's training data and domain: names of subjects, wordings, the check-up.

Named in config.yml, so that every Rasa command (train, test, data validate …) sees and
fingerprints the same data, and nothing generated is ever committed.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from charley.knowledge import Knowledge, KnowledgeError, load_knowledge

# Where a message carries a wording of data/care/flags/: its text, flag and level. Not under `text`:
# a message with a text and no intent is a step of a story to Rasa.
WORDING = "care_wording"
SUBJECT = "subject"  # the one entity: what a message is about


class _Wording(Message):
    """A message that costs little to copy: Rasa copies the 57,000 of them with all they hold a dozen times."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Wording:
        twin = copy(self)
        twin.data = dict(self.data)  # what stands in it is replaced, never changed
        twin.features, twin.output_properties = list(self.features), set(self.output_properties)
        return twin


class FactTableImporter(RasaFileImporter):
    """Rasa's files plus the names of the fact table's subjects and the wordings of warning flags."""

    @cached_property
    def _known(self) -> Knowledge:
        try:
            return load_knowledge()
        except KnowledgeError as error:
            raise RasaException(f"The data can't be used:\n{error}") from error

    @cached_property
    def _wordings(self) -> list[Message]:
        return [
            _Wording({WORDING: {"text": w.text, "flag": w.flag, "level": w.level.value}})
            for w in self._known.care.wordings()
        ]

    def get_domain(self) -> Domain:
        """Rasa's domain with the responses that ask the check-up's questions."""
        asked = Domain.from_dict({"responses": self._known.check_up.responses()})
        return super().get_domain().merge(asked)

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Rasa's examples with one look-up table of all names, each name's subject id, and the wordings.

        A wording has no intent: only the care guard learns from it.
        """
        subjects = self._known.table.subjects.values()
        synonyms = {name.lower(): subject.id for subject in subjects for name in subject.all_names}
        lookup: dict[str, Any] = {"name": SUBJECT, "elements": sorted(synonyms)}
        generated = TrainingData(self._wordings, entity_synonyms=synonyms, lookup_tables=[lookup])
        return super().get_nlu_data(language).merge(generated)
