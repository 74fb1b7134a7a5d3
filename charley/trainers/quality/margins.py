"""What is measured, and by how much it may drop from one training to the next.

A margin lets through what retraining moves by itself at the borders between classes, and what a
trainer may well want; of emergencies none may be lost unseen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One figure: a share of messages.

    Attributes:
        margin: by how much the share may get worse; beyond that the training fails.
        why: the reason of the margin.
        on_examples: measured on the training examples, not on messages written apart.
    """

    name: str
    title: str
    more_is_better: bool
    margin: float
    why: str
    on_examples: bool = False


MEASURES = (
    Measure(
        "cross_validated", "intents, cross-validated", True, 0.007,
        "one example more moves it by 0.2, as the folds fall otherwise", on_examples=True,
    ),
    Measure("intents", "intents of held-out messages", True, 0.015, "seven of 461: a few borders between intents move"),
    Measure("answered", "questions answered with a right fact", True, 0.02, "six of 291: one fact withdrawn costs as many"),
    Measure("declined", "out of scope, declined", True, 0.02, "more in-scope examples draw some of it in"),
    Measure(
        "emergencies_missed", "emergencies and self-harm below emergency", False, 0.0,
        "one more message missed may be a life: whoever takes it must say why",
    ),
    Measure(
        "care_missed", "same-day and see-doctor below their level", False, 0.003,
        "three of a thousand: at the border between two levels a mended wording moves some",
    ),
    Measure("care_exact", "exact care level", True, 0.005, "thirteen of 2,610, too high or too low"),
    Measure(
        "look_alikes_raised", "look-alikes given a care level", False, 0.01,
        "an alarm too many costs less than one too few",
    ),
)  # fmt: skip
# Between two machines that trained the same inputs, whose arithmetic rounds differently.
MACHINE = 0.005
