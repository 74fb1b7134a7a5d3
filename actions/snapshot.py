"""The facts that the actions answer from: the snapshot inside the model that Rasa runs."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from charley.knowledge import Knowledge, read_model

MODEL_VARIABLE = "CHARLEY_MODEL"  # set by `charley run` and `charley converse`
DEFAULT_MODEL = "models/charley.tar.gz"


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """Facts and questions, read once.

    Raises:
        charley.knowledge.KnowledgeError: if there is no model.
    """
    return read_model(Path(os.environ.get(MODEL_VARIABLE, DEFAULT_MODEL)))
