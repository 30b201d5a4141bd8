"""Traces for OpenTelemetry: one span a request, by the pattern of its route.

A path may name a person (`/v1/suppression/ada@…`) and a query may, too, so neither is told; that is
why the common middleware, which tells both, is not used.
"""

from collections.abc import Mapping

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.sender.metrics import route_pattern

__all__ = ["Traced", "TracingError", "exporting_tracer"]

_SERVER_ERROR = 500


class TracingError(Exception):
    """Traces were asked for and cannot be sent."""


def exporting_tracer() -> Tracer:
    """A tracer that exports over OTLP, as the variables `OTEL_…` say; raises TracingError."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingError(
            "GATEPOST_TRACING needs OpenTelemetry: pip install 'gatepost[telemetry]'"
        ) from error
    # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before the name here.
    resource = Resource({SERVICE_NAME: "gatepost"}).merge(Resource.create())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    tracer: Tracer = provider.get_tracer("gatepost")
    return tracer


class Traced:
    """ASGI middleware that makes a span of every request, as a part of the caller's trace."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        with self._tracer.start_as_current_span(
            method,
            context=propagate.extract(_carried(scope)),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method},
            record_exception=False,  # its text may be a customer's
        ) as span:

            async def note(part: Message) -> None:
                if part["type"] == "http.response.start":
                    pattern = route_pattern(scope)
                    span.update_name(f"{method} {pattern}")
                    span.set_attribute("http.route", pattern)
                    span.set_attribute("http.response.status_code", part["status"])
                    if part["status"] >= _SERVER_ERROR:
                        span.set_status(StatusCode.ERROR)
                await send(part)

            await self._app(scope, receive, note)


def _carried(scope: Scope) -> Mapping[str, str]:
    """The headers by which a caller names the trace that the request is part of (W3C)."""
    wanted = (b"traceparent", b"tracestate")
    return {
        name.decode("ascii"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in wanted
    }
