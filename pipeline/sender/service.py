"""The running service: store, policy in force and worker, opened and closed together."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy import Connection, select

from pipeline.inbound.intake import Intake
from pipeline.inbound.listener import listening
from pipeline.sender.acceptance import Acceptance
from pipeline.sender.callers import Callers, keep_noting
from pipeline.sender.delivery.configured import routing_of
from pipeline.sender.delivery.housekeeping import keep_house
from pipeline.sender.delivery.worker import Worker
from pipeline.sender.gate import Gate
from pipeline.sender.keeping import keep_no_longer
from pipeline.sender.metrics import Metrics
from pipeline.sender.proved import Proved
from pipeline.sender.receiving import Receiving
from pipeline.sender.reloading import Reloading
from pipeline.sender.sandbox import Sandbox
from pipeline.sender.settings import Settings
from pipeline.sender.taking_in import OwnIntake
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM
from pipeline.store.in_force import put_into_force
from pipeline.store.overdue import recover
from pipeline.store.tables import service as service_table
from pipeline.webhooks.telling import Teller
from pipeline.webhooks.worker import WebhookWorker

__all__ = ["Service", "Serving", "running", "service_of", "serving"]

_log = structlog.get_logger()


class Service:
    """What the routes work with; `wake` has the queue looked at now."""

    def __init__(
        self, settings: Settings, store: Store, acceptance: Acceptance, receiving: Receiving,
        worker: Worker, secret: bytes, callers: Callers, wake: Callable[[], None],
        reloading: Reloading, metrics: Metrics,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.store = store
        self.acceptance = acceptance
        self.receiving = receiving
        self.worker = worker
        self.secret = secret
        self.callers = callers
        self.wake = wake
        self.reloading = reloading
        self.metrics = metrics


def service_of(request: Request) -> Service:
    """The service that answers `request`."""
    service: Service = request.app.state.service
    return service


async def serving(request: Request) -> Service:
    """`service_of` for a route to depend on: a plain function would cost it a thread each time."""
    return service_of(request)


Serving = Annotated[Service, Depends(serving)]
"""The service, as a parameter of a route."""


@asynccontextmanager
async def running(
    settings: Settings,
    gate: Gate,
    tls_context: ssl.SSLContext | None = None,
    load: Callable[[], Proved] | None = None,
    metrics: Metrics | None = None,
) -> AsyncIterator[Service]:
    """The service, working; `gate` holds a policy that was proved.

    At the start it settles what a crash left half done, and puts `gate`'s policy into force;
    `load` reads and proves the policy again, for a reload.
    Raises CannotOpenError.
    """
    store = Store(settings.store)
    try:
        lapsed, doubtful = await store.write(
            lambda connection: recover(connection, all_leases=not store.several)
        )
        if lapsed or doubtful:
            _log.warning("recovered", sent_again=lapsed, unknown=doubtful)
        secret = await store.write(lambda connection: _into_force(connection, gate.digest))
        wakes = asyncio.Event()
        figures = metrics or Metrics()
        sandbox = Sandbox(store)

        def wake(test: bool | None = None) -> None:
            if test is not True:
                wakes.set()
            if test is not False:
                sandbox.wake()

        acceptance = Acceptance(store, gate, settings, secret, wake)
        receiving = Receiving(store, acceptance, settings)

        async def decide_waiting() -> None:
            await acceptance.decide_waiting()
            await receiving.decide_waiting()

        worker = Worker(
            store,
            routing_of(settings, store, tls_context),
            wakes,
            lambda: keep_house(
                store,
                decide_waiting,
                wake,
                escalation_team=settings.escalation_team,
                when_unknown=dict(settings.when_unknown.items()),
            ),
            connections=settings.smtp_connections,
            keep_trying_hours=settings.keep_trying_hours,
        )
        webhooks = WebhookWorker(store, Teller(local=settings.webhooks_local), figures.step)
        reloading = Reloading(store, acceptance, load)
        callers = Callers(settings.requests_per_minute)
        chores = [
            asyncio.create_task(keep_noting(store, callers), name="use of keys"),
            asyncio.create_task(
                keep_no_longer(store, settings.keep_content_days), name="retention"
            ),
        ]
        worker.start()
        sandbox.start()
        webhooks.start()
        try:
            async with _listeners(settings, OwnIntake(store, receiving)):
                reloading.on_hangup()
                yield Service(
                    settings, store, acceptance, receiving, worker, secret, callers, wake,
                    reloading, figures,
                )  # fmt: skip
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await sandbox.stop()
            await webhooks.stop()
            await worker.stop(settings.stop_grace)
            acceptance.close()
    finally:
        store.close()


@asynccontextmanager
async def _listeners(settings: Settings, intake: Intake) -> AsyncIterator[None]:
    """The listeners for mail that comes in; they close first, so nothing is half taken."""
    async with AsyncExitStack() as stack:
        for protocol, place in settings.listening_places().items():
            await stack.enter_async_context(
                listening(intake, protocol, *place, largest=settings.largest_request)
            )
        yield


def _into_force(connection: Connection, digest: str) -> bytes:
    """Put the policy of that digest into force; returns the signing secret."""
    put_into_force(connection, digest, SYSTEM)
    secret: bytes = connection.execute(select(service_table.c.signing_secret)).scalar_one()
    return secret
