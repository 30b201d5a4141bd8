from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import trace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pipeline.sender.tracing import Traced


class Tracer:
    """Keeps what a span is told."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.parent: int = 0

    @contextmanager
    def start_as_current_span(self, name: str, **more: Any) -> Iterator["Tracer"]:
        self.told = {"name": name, **more["attributes"]}
        self.parent = trace.get_current_span(more["context"]).get_span_context().trace_id
        yield self

    def update_name(self, name: str) -> None:
        self.told["name"] = name

    def set_attribute(self, name: str, value: Any) -> None:
        self.told[name] = value

    def set_status(self, status: Any) -> None:
        self.told["status"] = status.name


@pytest.mark.parametrize("status", [200, 503])
def test_a_span_names_the_route_and_never_the_path(status: int) -> None:
    def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse("x", status)

    tracer = Tracer()
    app = Starlette(routes=[Route("/v1/suppression/{address}", answer)])
    app.add_middleware(Traced, tracer=tracer)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    TestClient(app).get("/v1/suppression/ada@example.org?q=1", headers={"traceparent": parent})
    assert tracer.told["http.response.status_code"] == status
    assert tracer.told.get("status") == ("ERROR" if status == 503 else None)
    assert tracer.parent == 0x0AF7651916CD43DD8448EB211C80319C
    assert "ada" not in str(tracer.told)
