"""What watches a worker asks it: /health/live, /health/ready, /metrics. None of it is for the public (deploy/nginx/)."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from charley.rasa import logs
from charley.rasa.inputs import read_label
from charley.rasa.metrics import registry
from charley.rasa.metrics.health import Health
from charley.rasa.services.addresses import AddressError, told

logger = logging.getLogger(__name__)
TOKEN_VARIABLE = (
    "CHARLEY_METRICS_TOKEN"  # or …_FILE: who may read the metrics; whoever reaches the port, unless set
)


class HealthInput(InputChannel):
    """Takes no messages. Credentials: none.

    Args:
        token: what must be sent as `Authorization: Bearer …` for the metrics; None: nothing.
    """

    @classmethod
    def name(cls) -> str:
        return "health"

    def url_prefix(self) -> str:
        return "/"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> HealthInput:
        """Raises InvalidConfigException if the token, or what CHARLEY_LOG says, can't be used; Rasa prints it and stops."""
        try:
            logs.wanted()
            return cls(told(TOKEN_VARIABLE) or None)
        except (AddressError, logs.NoSuchLog) as error:
            raise InvalidConfigException(str(error)) from None

    def __init__(self, token: str | None = None) -> None:
        self._token = token
        self._health = Health()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The three routes."""
        blueprint = Blueprint("charley_health")

        @blueprint.listener("after_server_start")
        async def name_model(app: Sanic, _: Any) -> None:
            _tell_model(app.ctx.agent.processor)

        @blueprint.get("/health/live")
        async def live(_: Request) -> HTTPResponse:
            return response.json({"live": True})

        @blueprint.get("/health/ready")
        async def ready(request: Request) -> HTTPResponse:
            found = await self._health.look(request.app)
            return response.json(found, status=200 if found["ready"] else 503)

        @blueprint.get("/metrics")
        async def metrics(request: Request) -> HTTPResponse:
            if not self._may_read(request):
                return response.text("Send Authorization: Bearer with the metrics' token.", status=401)
            await self._health.look(request.app)
            return response.raw(generate_latest(registry.REGISTRY), content_type=CONTENT_TYPE_LATEST)

        return blueprint

    def _may_read(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self._token is None or hmac.compare_digest(given.encode(), self._token.encode())


def _tell_model(processor: MessageProcessor) -> None:
    """Name the model, and say when it was trained."""
    model = Path(processor.model_path)
    made = read_label(model / processor.model_filename if model.is_dir() else model)
    registry.MODEL.clear()
    registry.MODEL.labels(made.name if made else "unknown").set(1)
    trained = datetime.fromisoformat(made.trained).timestamp() if made and made.trained else 0
    registry.MODEL_TRAINED.set(trained)
