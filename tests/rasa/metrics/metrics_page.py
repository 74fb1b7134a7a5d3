"""What stands on /metrics, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Site

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """One look at it: each sample with its labels."""

    samples: Mapping[tuple[str, Labels], float]

    def of(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name that have these labels."""
        wanted = set(labels.items())
        found = [v for (n, own), v in self.samples.items() if n == name and wanted <= own]
        assert found, f"there is no {name} with {labels}"
        return sum(found)

    def values(self) -> dict[str, set[str]]:
        """All values of each label."""
        told: dict[str, set[str]] = {}
        for _, labels in self.samples:
            for name, value in labels:
                told.setdefault(name, set()).add(value)
        return told


def parse(text: str) -> Page:
    samples = (s for family in text_string_to_metric_families(text) for s in family.samples)
    return Page({(s.name, frozenset(s.labels.items())): s.value for s in samples})


async def get(site: Site, path: str, **headers: str) -> tuple[int, str]:
    """Status and text."""
    async with aiohttp.ClientSession() as http, http.get(site.url + path, headers=headers) as reply:
        return reply.status, await reply.text()


async def look(site: Site) -> Page:
    status, text = await get(site, "/metrics")
    assert status == 200
    return parse(text)


class Change:
    """What has changed since it was made."""

    def __init__(self, site: Site, before: Page) -> None:
        self._site, self._before = site, before

    @classmethod
    async def since(cls, site: Site) -> Change:
        return cls(site, await look(site))

    async def of(self, name: str, **labels: str) -> float:
        after = await look(self._site)
        return after.of(name, **labels) - self._before.of(name, **labels)

    async def all(self) -> dict[tuple[str, Any], float]:
        """Charley's counts that have changed, time left out, by name and the values of their labels (in the order of the labels' names)."""
        after, before = (await look(self._site)).samples, self._before.samples
        changed = {key: value - before.get(key, 0) for key, value in after.items()}
        return {
            (name, *(value for _, value in sorted(labels))): difference
            for (name, labels), difference in changed.items()
            if difference and name.startswith("charley_") and name.endswith("_total")
        }
