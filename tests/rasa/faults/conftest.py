"""An assistant whose action server is dead, and an ear on all that gets out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from charley.rasa.assistant import Assistant
from tests.conftest import free_ports

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.agent import Agent

from tests.rasa.faults.world import Overheard, load_agent


@pytest.fixture
def overheard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Overheard:
    return Overheard(caplog, capfd)


@pytest.fixture(scope="session")
def action_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="session")
def agent_of_the_port(model: Path, assistant: Assistant, action_port: int) -> Agent:
    """An agent that knows no actions but those of a server on a port of loopback."""
    return load_agent(model, action_port)


@pytest.fixture(scope="session")
def faulty(agent_of_the_port: Agent) -> Assistant:
    """An assistant whose action server is dead unless the test starts one."""
    return Assistant(agent_of_the_port)
