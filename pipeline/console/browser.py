"""What a browser sends with every request: where the request comes from, and who is signed in."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from pipeline.sender.service import Service, serving
from pipeline.store.execution import Who
from pipeline.store.people import SESSION_HOURS, Account, person_of_session
from policy.lifecycle import Actor

__all__ = [
    "FromElsewhereError", "NotSecureError", "NotSignedInError", "SignedIn", "demand_same_origin",
    "demand_secure", "forget_session", "keep_session", "session_token", "who",
]  # fmt: skip

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class NotSignedInError(Exception):
    """The request comes from nobody we know."""


class FromElsewhereError(Exception):
    """Another site made the browser send the request, or nothing says that ours did."""


class NotSecureError(Exception):
    """A password would travel in clear."""


async def demand_same_origin(request: Request) -> None:
    """Raise FromElsewhereError unless a request that changes something comes from our own page.

    Browsers say so in Sec-Fetch-Site (Fetch Metadata) or, older ones, in Origin (RFC 6454, 7), and
    no page can write either. One that has neither is refused.
    """
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        ours = (origin.scheme, origin.netloc) == (request.url.scheme, request.url.netloc)
    if not ours:
        raise FromElsewhereError


async def signed_in(request: Request, service: Annotated[Service, Depends(serving)]) -> Account:
    """The person who is signed in; raises NotSignedInError."""
    token = session_token(request)
    found = (
        await service.store.read(lambda connection: person_of_session(connection, token))
        if token
        else None
    )
    if found is None:
        raise NotSignedInError
    request.state.person = found
    return found


SignedIn = Annotated[Account, Depends(signed_in)]


def who(account: Account) -> Who:
    """The person as the store knows whoever causes an event."""
    return Who(Actor.PERSON, account.name)


def demand_secure(request: Request) -> None:
    """Raise NotSecureError unless the request came by https, or from this very machine."""
    if request.url.scheme != "https" and request.url.hostname not in _THIS_MACHINE:
        raise NotSecureError


def session_token(request: Request) -> str:
    """The token of the session; empty when there is none."""
    return request.cookies.get(_cookie(request), "")


def keep_session(request: Request, response: Response, token: str) -> None:
    """Have the browser keep `token`, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        _cookie(request),
        token,
        max_age=SESSION_HOURS * 3600,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def forget_session(request: Request, response: Response) -> None:
    """Have the browser drop the token."""
    response.delete_cookie(
        _cookie(request),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _cookie(request: Request) -> str:
    # `__Host-` binds the cookie to this host and to https (RFC 6265bis, 4.1.3.2).
    return "__Host-gatepost" if request.url.scheme == "https" else "gatepost"
