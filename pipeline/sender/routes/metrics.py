"""Figures for Prometheus."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from pipeline.sender.answers import file_answer
from pipeline.sender.authentication import caller
from pipeline.sender.metrics import read_waiting
from pipeline.sender.problems import ProblemError
from pipeline.sender.service import Service, Serving, serving

router = APIRouter(tags=["health"])


async def _may_look(request: Request, service: Annotated[Service, Depends(serving)]) -> None:
    """Let in whoever has the token of the settings, or a key that administers."""
    token = service.settings.metrics_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token is not None and scheme.lower() == "bearer":
        expected = token.get_secret_value().encode()
        if hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), expected):
            return
    key = await caller(request)
    if not key.may("admin"):
        raise ProblemError(
            403,
            "figures are for those who run the service",
            "use a key with the scope `admin`, or the token in GATEPOST_METRICS_TOKEN",
            scope="admin",
        )


@router.get(
    "/metrics",
    dependencies=[Depends(_may_look)],
    response_class=Response,
    responses=file_answer("text/plain", "Figures in the text format of Prometheus"),
)
async def metrics(service: Serving) -> Response:
    """Counters of this process and gauges of the store, in the text format of Prometheus."""
    now = await service.store.read(read_waiting)
    return Response(service.metrics.text(now), media_type=CONTENT_TYPE_LATEST)
