"""Utters the domain's responses with the reply contract's metadata.

Named under `nlg:` in endpoints.yml; Rasa's own metadata of a response is static, so the care
level in force has to be added here.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from charley.rasa.events import care_level_of

logger = logging.getLogger(__name__)


class CharleyResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's responses plus `care_level`; phone numbers come from the slot `emergency_number`."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The response, filled in; the plain response should anything fail."""
        response: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **kwargs
        )
        if response is None:
            return None
        try:
            metadata = {"fact_ids": [], "sources": [], **response.get("metadata", {})}
            response["metadata"] = {**metadata, "care_level": care_level_of(tracker).value}
        except Exception:
            # A reply must never be lost to its own trimmings; the log says where, never what.
            logger.error("Could not add metadata to %s", utter_action)
        return response
