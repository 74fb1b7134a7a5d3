"""Keeps Rasa quiet and private when it is used from Python instead of its command line.

Not configured, Rasa's structured log prints every message and its parse at debug level.
"""

from __future__ import annotations

import logging
import os
import warnings


def be_quiet() -> None:
    """Telemetry off, no message text in any log, no warnings that only Rasa's makers could act on.

    To be called before anything of Rasa is imported.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.showwarning = lambda *_, **__: None  # not a filter: TensorFlow's world adds its own
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    logging.getLogger("rasa").setLevel(logging.WARNING)
