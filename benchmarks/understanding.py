"""What a model understands, by itself: intents, subjects, and what is none of its matter.

Run for each model in a process of its own: python -m benchmarks.understanding MODEL, which prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.messages import with_typos
from charley.rasa.quiet import be_quiet
from charley.trainers.quality.messages import OUT_OF_SCOPE, Test, read

OF_ALL = frozenset({"leg_cramps", "night_cramps", "exercise_cramps"})  # what all of it is about: not counted
FILES = ("intents.csv", "questions.csv", "out_of_scope.csv")


def measure(model: Path) -> dict[str, float]:
    """The figures of a model, measured in a child process."""
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, str(model)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return figures


async def _figures(model: str) -> dict[str, float]:
    from rasa.core.agent import Agent
    from sklearn.metrics import f1_score, roc_auc_score

    agent = Agent.load(model_path=model)
    tests = [test for name in FILES for test in read(name)]

    async def parsed(messages: Sequence[Test]) -> list[dict[str, object]]:
        return [dict(await agent.parse_message(test.text)) for test in messages]

    clean, noisy = await parsed(tests), await parsed(with_typos(tests))
    wanted = [test.intent for test in tests]
    found = [_intent(each) for each in clean]
    inside = [_in_scope(each) for each in clean]
    right, extra, missed = Counter[str](), 0, 0
    for test, each in zip(tests, clean, strict=True):
        if test.names is not None:
            named = {entity["value"] for entity in each["entities"]} - OF_ALL  # type: ignore[attr-defined]
            right["both"] += len(named & test.names)
            extra, missed = extra + len(named - test.names), missed + len(test.names - named)
    return {
        "messages": len(tests),
        "accuracy": sum(map(str.__eq__, wanted, found)) / len(tests),
        "macro_f1": float(f1_score(wanted, found, average="macro", labels=sorted(set(wanted)))),
        "typo_accuracy": sum(map(str.__eq__, wanted, map(_intent, noisy))) / len(tests),
        "entity_f1": 2 * right["both"] / max(1, 2 * right["both"] + extra + missed),
        "auroc": float(roc_auc_score([test.in_scope for test in tests], inside)),
    }


def _intent(parsed: dict[str, object]) -> str:
    return str(parsed["intent"]["name"])  # type: ignore[index]


def _in_scope(parsed: dict[str, object]) -> float:
    """How sure the model is that a message is its matter: that of its likeliest intent in scope."""
    ranking = parsed.get("intent_ranking") or [parsed["intent"]]
    sure = {str(each["name"]): float(each["confidence"]) for each in ranking}  # type: ignore[attr-defined]
    return max((p for name, p in sure.items() if name not in OUT_OF_SCOPE | {"nlu_fallback"}), default=0.0)


if __name__ == "__main__":
    be_quiet()
    print(json.dumps(asyncio.run(_figures(sys.argv[1]))))
