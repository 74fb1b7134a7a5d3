"""Stock Rasa's model for the load: trained once, kept in var/."""

from __future__ import annotations

from pathlib import Path

from benchmarks import systems
from charley.rasa.quiet import be_quiet

KEPT = (
    systems.WORK / "stock" / "training" / "models" / "charley.tar.gz"
)  # by an earlier `make bench-nlu` or `make load`


def model() -> Path:
    """The model at hand, from whichever data; where there is none it is trained, in some minutes.

    It is as large and as slow as one that has learnt to the end, and its answers are not looked at:
    two epochs are enough.
    """
    if not KEPT.exists():
        be_quiet()
        (found,) = systems.systems(again=False, hasty=True, names=("stock",))
        return found.model
    print(f"stock Rasa: the model in {KEPT}", flush=True)
    return KEPT
