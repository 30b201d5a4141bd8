"""Signing in and out."""

import asyncio
from time import time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from pipeline.console.browser import demand_secure, forget_session, keep_session, session_token
from pipeline.console.pages import go, page, spoken_duration
from pipeline.console.passwords import code_step, password_matches
from pipeline.console.throttle import Throttle
from pipeline.sender.service import Service, serving
from pipeline.store.people import Account, close_session, find_account, open_session, use_code

__all__ = ["Door", "local_path", "router"]

router = APIRouter()
_WINDOW = 900.0


class Door:
    """Lets people in, not too many tries in a row, and one password at a time.

    An argon2 hash takes 64 MiB and tens of milliseconds, which is meant for whoever guesses and
    must not stop the mail.
    """

    def __init__(self) -> None:
        self._by_name = Throttle(10, _WINDOW)
        self._by_address = Throttle(50, _WINDOW)
        self._one_at_a_time = asyncio.Lock()

    def wait(self, name: str, address: str) -> float:
        """Seconds until somebody at `address` may try the name `name`; 0 when now."""
        return max(self._by_name.wait(name), self._by_address.wait(address))

    async def enter(
        self, service: Service, name: str, password: str, code: str, address: str
    ) -> str | None:
        """The token of a new session; None, and counted, when one of the three is wrong."""
        account = await service.store.read(lambda connection: find_account(connection, name))
        known_hash = account.password_hash if account else None
        async with self._one_at_a_time:
            matches = await asyncio.to_thread(password_matches, password, known_hash)
        step = code_step(account.totp_secret, code, time()) if account and matches else None
        token = None
        if account is not None and step is not None:
            token = await service.store.write(lambda connection: _open(connection, account, step))
        if token is None:
            self._by_name.failed(name)
            self._by_address.failed(address)
        else:
            self._by_name.succeeded(name)
        return token


def _open(connection: Connection, account: Account, step: int) -> str | None:
    """The session, unless the code was used, or the person disabled or renewed, meanwhile."""
    now = find_account(connection, account.name)
    if now is None or _credentials(now) != _credentials(account):
        return None
    if not use_code(connection, account.name, step):
        return None
    return open_session(connection, account.name)


def _credentials(account: Account) -> tuple[str, str]:
    return account.password_hash, account.totp_secret


def local_path(path: str) -> str:
    """`path` if it leads to a page of the console, else the queue: no link leads elsewhere."""
    safe = path.startswith("/console/") and "\\" not in path and path.isprintable()
    return path if safe and not path.startswith("/console/sign-") else "/console/"


@router.get("/sign-in")
async def ask(request: Request, next: str = "/console/") -> Response:  # noqa: A002  # in the address
    """The form to sign in."""
    demand_secure(request)
    return page(request, "sign_in.html", error="", name="", next=local_path(next))


@router.post("/sign-in")
async def enter(
    request: Request,
    service: Annotated[Service, Depends(serving)],
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    next: Annotated[str, Form(max_length=500)] = "/console/",  # noqa: A002  # a field of the form
) -> Response:
    """Sign in; whichever of the three is wrong, the answer is the same."""
    demand_secure(request)
    door: Door = request.app.state.door
    address = request.client.host if request.client else ""
    again = {"name": name, "next": local_path(next)}
    if wait := door.wait(name, address):
        error = f"Too many failed tries. Try again in {spoken_duration(wait + 60)}."
        return page(request, "sign_in.html", status=429, error=error, **again)
    token = await door.enter(service, name, password, code, address)
    if token is None:
        error = "Name, password or code is wrong. A code works once: wait for the next one."
        return page(request, "sign_in.html", status=401, error=error, **again)
    response = go(local_path(next))
    keep_session(request, response, token)
    return response


@router.post("/sign-out")
async def leave(request: Request, service: Annotated[Service, Depends(serving)]) -> Response:
    """End the session, here and in the store."""
    token = session_token(request)
    await service.store.write(lambda connection: close_session(connection, token))
    response = go("/console/sign-in")
    forget_session(request, response)
    return response
