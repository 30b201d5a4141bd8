"""What must be in order before the service takes mail, and the server that takes it."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence

import uvicorn
from sqlalchemy import Connection

from pipeline.logs import configure_logs
from pipeline.sender.app import create_app
from pipeline.sender.gate import Classify, Gate
from pipeline.sender.proved import Proved
from pipeline.sender.settings import Settings
from pipeline.sender.tracing import TracingError, exporting_tracer
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM
from pipeline.store.keys import count_keys, create_key
from policy.rules import Policy

__all__ = ["CannotStartError", "demand_free_places", "first_keys", "serve"]


class CannotStartError(Exception):
    """A setting asks for what cannot be had here; says what and how to mend it."""


def first_keys(settings: Settings) -> list[tuple[str, str]]:
    """The first keys of a new store as (name, secret); none when it has keys already.

    One administers, one sends, one oversees: three tasks, and the last is a person's. Raises
    CannotOpenError.
    """
    return asyncio.run(_first_keys(settings))


def serve(
    settings: Settings,
    policy: Policy,
    classify: Classify | None,
    *,
    host: str,
    port: int,
    certificate: str = "",
    load: Callable[[], Proved] | None = None,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish running hand-overs and return.

    `policy` must have been proved; `certificate` names its certificate, and `load` reads and proves
    it again for a reload. `started` is called before the first request is taken. Raises
    CannotOpenError, CannotStartError.
    """
    configure_logs()
    try:
        tracer = exporting_tracer() if settings.tracing else None
    except TracingError as error:
        raise CannotStartError(str(error)) from error
    app = create_app(settings, Gate(policy, classify, certificate), load=load, tracer=tracer)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=int(settings.stop_grace) or 1,
        server_header=False,
    )
    started()
    # The server raises a signal once more after its own good end; by then it has been obeyed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run()


def demand_free_places(settings: Settings, host: str, port: int) -> None:
    """Say in a sentence that a place to listen on is taken, before any key is made and shown.

    Raises CannotStartError.
    """
    _demand_free((host, port), "listen", "name another with --host and --port")
    for protocol, place in settings.listening_places().items():
        mend = f"set GATEPOST_RECEIVE_{protocol.upper()} to another place"
        _demand_free(place, f"take mail over {protocol}", mend)


def _demand_free(place: tuple[str, int], what: str, mend: str) -> None:
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    try:
        socket.create_server(place, family=family).close()
    except OSError as error:
        where = ":".join(map(str, place))
        # Without what the socket module adds of its own to the words of the system.
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotStartError(f"cannot {what} on {where}: {why}; {mend}") from None


async def _first_keys(settings: Settings) -> list[tuple[str, str]]:
    store = Store(settings.store)
    try:
        return await store.write(_create_first_keys)
    finally:
        store.close()


def _create_first_keys(connection: Connection) -> list[tuple[str, str]]:
    def key(name: str, scope: str, holder: str, author: str, roles: Sequence[str] = ()) -> str:
        _, secret = create_key(
            connection, name=name, scopes=[scope, "read"], who=SYSTEM, holder=holder,
            author=author, roles=roles,
        )  # fmt: skip
        return secret

    if count_keys(connection):
        return []
    return [
        ("administration", key("administration", "admin", "administrator", "person")),
        ("sending", key("sending", "send", "first sender", "agent")),
        ("oversight", key("oversight", "oversight", "first overseer", "person", ["*"])),
    ]
