"""Tells Rasa when a component must be trained again.

Rasa fingerprints a component's class source, config and inputs, not the modules it calls.
"""

from __future__ import annotations

import hashlib
from types import ModuleType


def fingerprint_of(*modules: ModuleType, extra: str = "") -> str:
    """A hash over the source files of these modules, and `extra`."""
    digest = hashlib.sha256(extra.encode())
    for module in modules:
        if module.__file__ is None:
            raise ValueError(f"{module.__name__} has no source file")
        with open(module.__file__, "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()
