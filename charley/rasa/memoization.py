"""Rasa's memory of stories, at the same cost in a long talk as in a short one.

MemoizationPolicy compares the last `max_history` steps with the stories, but first replays the whole
talk to find them (rasa/core/featurizers/tracker_featurizers.py, MaxHistoryTrackerFeaturizer).
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa.events import recent
from charley.rasa.metrics import registry
from charley.rasa.metrics.message import timed


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class RecentMemoizationPolicy(MemoizationPolicy):
    """MemoizationPolicy that replays as many messages as it has steps to compare, which is enough."""

    @timed(registry.DECIDING)
    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict from the latest part of the talk."""
        latest = recent(tracker, self.config["max_history"])
        replayed = DialogueStateTracker.from_events(
            tracker.sender_id, latest, slots=tracker.slots.values(), domain=domain
        )
        return super().predict_action_probabilities(replayed, domain, rule_only_data, **kwargs)
