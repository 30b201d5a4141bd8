"""Figures for Prometheus: few names, few labels, nothing of any message or person.

Counters are of this process; with several processes on one store their sum is right, since each
step of the audit log is counted by one of them. Gauges are read from the store when it is asked.
"""

import time
from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from sqlalchemy import Connection, func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.store.execution import now_ms
from pipeline.store.tables import message
from pipeline.store.tables import service as service_table
from pipeline.store.webhook_deliveries import count_pending
from policy.lifecycle import State

__all__ = ["Measured", "Metrics", "Waiting", "read_waiting", "route_pattern"]

_WAITING = (
    State.RECEIVED, State.ACCEPTED, State.HELD, State.QUEUED, State.DEFERRED, State.SENDING,
    State.UNKNOWN,
)  # fmt: skip
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
# A second series for each counter says when it was first seen, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not annotate it
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})


class Waiting:
    """What the store says of now: messages that wait, by state, and how long the oldest has."""

    def __init__(
        self, waiting: Mapping[str, tuple[int, float]], webhooks: int, paused: bool, policy: int
    ) -> None:
        self.waiting = waiting
        self.webhooks = webhooks
        self.paused = paused
        self.policy = policy


def read_waiting(connection: Connection) -> Waiting:
    """Read it, by an index over the states; what has ended is not looked at."""
    now = now_ms()
    rows = connection.execute(
        select(message.c.state, func.count(), func.min(message.c.changed_at))
        .where(message.c.state.in_([state.value for state in _WAITING]))
        .group_by(message.c.state)
    ).all()
    service = connection.execute(select(service_table)).mappings().one()
    return Waiting(
        {state: (count, (now - since) / 1000) for state, count, since in rows},
        count_pending(connection),
        bool(service["paused"]),
        service["policy"],
    )


class Metrics:
    """The figures of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gatepost_http_requests", "Requests answered.", ["method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "gatepost_http_request_seconds", "Time to the end of an answer.", ["route"],
            registry=self._registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._steps = Counter(
            "gatepost_steps", "Steps in the audit log, by name.", ["step"], registry=self._registry
        )
        self._waiting = Gauge(
            "gatepost_messages_waiting", "Messages in a state that they will leave.", ["state"],
            registry=self._registry,
        )  # fmt: skip
        self._oldest = Gauge(
            "gatepost_oldest_waiting_seconds", "How long the one has stood that stood longest.",
            ["state"], registry=self._registry,
        )  # fmt: skip
        self._webhooks = Gauge(
            "gatepost_webhook_deliveries_pending", "Deliveries that no receiver has taken yet.",
            registry=self._registry,
        )  # fmt: skip
        self._paused = Gauge(
            "gatepost_paused", "1 when a person stopped all sending.", registry=self._registry
        )
        self._policy = Gauge(
            "gatepost_policy_version", "Version of the policy in force.", registry=self._registry
        )

    def step(self, name: str) -> None:
        """Count a step of the audit log."""
        self._steps.labels(name).inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is a route's pattern, never a path that somebody wrote."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, now: Waiting) -> bytes:
        """All figures, in the text format of Prometheus."""
        for state in _WAITING:
            count, seconds = now.waiting.get(state.value, (0, 0.0))
            self._waiting.labels(state.value).set(count)
            self._oldest.labels(state.value).set(seconds)
        self._webhooks.set(now.webhooks)
        self._paused.set(now.paused)
        self._policy.set(now.policy)
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware that counts and times every answer in `metrics`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def note(part: Message) -> None:
            nonlocal status
            if part["type"] == "http.response.start":
                status = part["status"]
            await send(part)

        try:
            await self._app(scope, receive, note)
        finally:
            spent = time.perf_counter() - begun
            self._metrics.request(scope["method"], route_pattern(scope), status, spent)


def route_pattern(scope: Scope) -> str:
    """The pattern of the route that answered; one name for all of the console, and for the rest."""
    pattern = getattr(scope.get("route"), "path", None)
    if isinstance(pattern, str):
        return pattern
    return "/console" if scope["path"].startswith("/console/") else "none"
