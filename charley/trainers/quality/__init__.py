"""How good each training was: measured, kept in docs/quality.csv, and held against the one before."""

from charley.trainers.quality.details import Confusions, IntentFigures, confusions, per_intent
from charley.trainers.quality.figures import Figures, Share, history, of_inputs

__all__ = [
    "Confusions",
    "Figures",
    "IntentFigures",
    "Share",
    "confusions",
    "history",
    "of_inputs",
    "per_intent",
]
