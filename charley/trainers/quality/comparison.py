"""Holds the figures of a training against those before, and says what dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from charley.trainers.quality.figures import Figures, Share
from charley.trainers.quality.margins import MACHINE, MEASURES, Measure

EPSILON = 1e-9


@dataclass(frozen=True)
class Compared:
    """One figure now and before; `before` is None where it was not measured on the same messages."""

    measure: Measure
    now: Share
    before: Share | None
    margin: float

    @property
    def worse_by(self) -> float:
        """By how much the share got worse (negative: better); 0 where there is nothing to compare with."""
        if self.before is None:
            return 0.0
        more = self.now.value - self.before.value
        return -more if self.measure.more_is_better else more

    @property
    def dropped(self) -> bool:
        """Whether it got worse by more than its margin."""
        return self.worse_by > self.margin + EPSILON

    @property
    def verdict(self) -> str:
        if self.dropped:
            return f"WORSE than the margin of {self.margin * 100:.1f} allows"
        if self.worse_by > EPSILON:
            return "worse"
        return "better" if self.worse_by < -EPSILON else ""


def compare(now: Figures, before: Figures | None) -> list[Compared]:
    """Each figure of a training beside the one before.

    Figures on other messages written apart are not compared: they would tell of the messages.
    Those of the same inputs on another machine may differ by what arithmetic rounds.
    """
    found = []
    for measure in MEASURES:
        if measure.name not in now.shares:
            continue
        comparable = before is not None and (measure.on_examples or before.messages == now.messages)
        earlier = before.shares.get(measure.name) if before is not None and comparable else None
        same_inputs = before is not None and before.inputs == now.inputs
        margin = max(measure.margin, MACHINE) if same_inputs else measure.margin
        found.append(Compared(measure, now.shares[measure.name], earlier, margin))
    return found


def table(compared: Sequence[Compared], now: Figures, before: Figures | None) -> Iterator[str]:
    """The lines that a trainer is shown."""
    against = f"those of {before.inputs} ({before.date[:10]})" if before else "none before"
    yield f"Figures of {now.inputs} beside {against}:"
    for each in compared:
        aim = "more" if each.measure.more_is_better else "less"
        change = (each.now.value - each.before.value) * 100 if each.before else None
        told = f"{change:+6.2f}" if change is not None else "      "
        yield (
            f"  {each.measure.title + f' ({aim} is better)':61s} {_share(each.now):>24s}  "
            f"{_share(each.before):>24s}  {told}  {each.verdict}"
        ).rstrip()
    if before is not None and before.messages != now.messages:
        yield "  The messages written apart have changed since: only what is measured on examples is compared."
    yield f"  {'size of the model, in MB':61s} {now.megabytes:24.1f}  " + (
        f"{before.megabytes:24.1f}  {now.megabytes - before.megabytes:+6.2f}" if before else ""
    )
    yield f"  {'training, in seconds of a processor':61s} {now.seconds:24.0f}  " + (
        f"{before.seconds:24.0f}  {now.seconds - before.seconds:+6.0f}" if before else ""
    )


def _share(share: Share | None) -> str:
    return f"{share.count} of {share.total} = {share.value:6.2%}" if share else "-"
