"""One cluster for all tests of this folder: starting it takes a minute or two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.deploy.world import Cluster, Person, cluster


@pytest.fixture(scope="session")
def several(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers and two action servers behind nginx, over PostgreSQL, Redis and RabbitMQ."""
    with cluster(tmp_path_factory.mktemp("deploy"), model) as running:
        yield running


@pytest_asyncio.fixture
async def person(several: Cluster) -> AsyncIterator[Person]:
    async with Person(several.url) as someone:
        yield someone
