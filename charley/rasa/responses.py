"""Utters the domain's responses with the reply contract's metadata, and fills in what they leave open.

Named under `nlg:` in endpoints.yml; Rasa's own metadata of a response is static, so the care
level in force has to be added here, and so has what depends on the country or on what was told.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from charley.care.check_up import summary
from charley.care.course import Course, course_of
from charley.care.levels import CareLevel
from charley.care.numbers import ANYWHERE
from charley.knowledge import knowledge_at_hand
from charley.rasa.events import as_dicts

logger = logging.getLogger(__name__)

UNKNOWN = {
    "emergency_number": ANYWHERE,
    "crisis_line": "",
    "advice_line": "",
    "because": "",
    "check_up_advice": "If your cramps are strong or do not go away, see a doctor.",
    "check_up_summary": "",
}
ADVICE = {
    CareLevel.NONE: (
        "None of your answers is a warning sign that I know of, but I can not examine you. See a doctor if cramps last "
        "more than a week, come often, get worse or trouble you. Get help at once if a leg swells, turns red or cold, or "
        "if you feel weak or numb."
    ),
    CareLevel.SEE_DOCTOR: "What to do now: book a visit with a doctor in the next few days.",
    CareLevel.URGENT_SAME_DAY: "What to do now: get medical care today.",
    CareLevel.EMERGENCY: "What to do now: call {emergency_number}.",
    CareLevel.CRISIS: "What to do now: call {emergency_number}, or talk to someone you trust.",
}


class CharleyResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's responses plus `care_level`, phone numbers of the country, reasons, the check-up's summary."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The response, filled in; with the texts of `UNKNOWN` should anything fail."""
        level, texts = CareLevel.NONE, UNKNOWN
        try:
            course = course_of(as_dicts(tracker.events))
            level = course.level
            texts = texts_for(course)
        except Exception as error:
            # A reply must never be lost to its own trimmings; the log says what failed, never about whom.
            logger.error("Could not fill in %s: %s", utter_action, type(error).__name__)
        response: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **{**kwargs, **texts}
        )
        if response is None:
            return None
        response["text"] = "\n".join(line.strip() for line in (response.get("text") or "").split("\n"))
        metadata = {"fact_ids": [], "sources": [], **response.get("metadata", {})}
        response["metadata"] = {**metadata, "care_level": level.value}
        return response


def texts_for(course: Course) -> dict[str, str]:
    """What the responses leave open, for this course of the conversation."""
    known = knowledge_at_hand()
    number = known.numbers.emergency(course.countries)
    country = known.numbers.of(course.countries)
    reasons = {flag.flag: flag.because for flag in known.care.flags if flag.level is course.level}
    because = next((reasons[name] for name in reversed(course.flags) if reasons.get(name)), "")
    advice = ADVICE[course.level].format(emergency_number=number)
    return {
        **UNKNOWN,
        "emergency_number": number,
        "crisis_line": f" You can also call {country.crisis} at any time."
        if country and country.crisis
        else "",
        "advice_line": f" You can also call {country.advice}." if country and country.advice else "",
        "because": because,
        "check_up_advice": f"{advice}{' ' + because if because else ''}",
        "check_up_summary": summary(known.check_up, course.check_up.answers),
    }
