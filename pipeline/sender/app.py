"""The HTTP application: routes that translate, and nothing else."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opentelemetry.trace import Tracer

from pipeline.console.app import create_console, lead_to_console
from pipeline.sender import problems
from pipeline.sender.body_limit import BodyLimit
from pipeline.sender.description import describe, operation_id
from pipeline.sender.gate import Gate
from pipeline.sender.metrics import Measured, Metrics
from pipeline.sender.proved import Proved
from pipeline.sender.routers import ROUTERS
from pipeline.sender.service import running
from pipeline.sender.settings import Settings
from pipeline.sender.tracing import Traced

__all__ = ["create_app"]

_DESCRIPTION = """\
Every message is judged by a proved policy and then sent, sent under watch, held for a person, or
blocked. Errors are RFC 9457 problem documents that name the field and say how to mend it.
"""


def create_app(
    settings: Settings,
    gate: Gate,
    *,
    tls_context: ssl.SSLContext | None = None,
    load: Callable[[], Proved] | None = None,
    tracer: Tracer | None = None,
) -> FastAPI:
    """The application for a policy that was proved; its store opens when the server starts.

    `tls_context` replaces the system's trust in certificates on the way to the mail server; `load`
    reads and proves the policy again, for a reload.
    `tracer` makes a span of every request.
    """

    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, gate, tls_context, load, metrics) as service:
            app.state.service = service
            yield

    app = FastAPI(
        title="Gatepost",
        description=_DESCRIPTION,
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    app.add_middleware(BodyLimit, limit=settings.largest_request)
    app.add_middleware(Measured, metrics=metrics)
    if tracer is not None:
        app.add_middleware(Traced, tracer=tracer)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    describe(app, ROUTERS)
    app.add_route("/console", lead_to_console)
    app.mount("/console", create_console(app.state))
    return app
