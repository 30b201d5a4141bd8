"""Every refusal as a page that says what happened and what to do, never as a traceback."""

from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pipeline.console.browser import FromElsewhereError, NotSecureError, NotSignedInError
from pipeline.console.pages import go, page
from pipeline.store.execution import ConflictError, NotFoundError, RefusedError
from pipeline.store.writer import StoreUnavailableError

__all__ = ["install"]

_log = structlog.get_logger()


def install(console: FastAPI) -> None:
    """Answer every error of `console` with a page."""
    console.add_exception_handler(NotSignedInError, _not_signed_in)
    console.add_exception_handler(FromElsewhereError, _from_elsewhere)
    console.add_exception_handler(NotSecureError, _not_secure)
    console.add_exception_handler(RequestValidationError, _invalid)
    console.add_exception_handler(HTTPException, _http)
    console.add_exception_handler(NotFoundError, _not_found)
    console.add_exception_handler(RefusedError, _refused)
    console.add_exception_handler(ConflictError, _refused)
    console.add_exception_handler(StoreUnavailableError, _unavailable)
    console.add_exception_handler(Exception, _defect)


def _page(
    request: Request, status: int, title: str, mend: str, *reasons: str, to_queue: bool = False
) -> Response:
    back = "/console/"
    if "/messages/" in request.url.path and not to_queue:
        back = "/".join(request.url.path.split("/")[:4])
    return page(
        request, "problem.html", status=status, title=title, reasons=reasons, mend=mend, back=back
    )


async def _not_signed_in(request: Request, _: Exception) -> Response:
    if request.method != "GET":
        return go("/console/sign-in")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return go(f"/console/sign-in?{urlencode({'next': wanted})}")


async def _from_elsewhere(request: Request, _: Exception) -> Response:
    return _page(
        request, 403, "That did not come from this console",
        "Nothing was done. Open the console itself and press the button there.",
    )  # fmt: skip


async def _not_secure(request: Request, _: Exception) -> Response:
    return _page(
        request, 400, "Signing in needs https",
        "Open this page by https, so that nobody on the way reads your password. Behind a proxy, "
        "see docs/review-console.md.",
    )  # fmt: skip


async def _invalid(request: Request, _: Exception) -> Response:
    return _page(
        request, 422, "The form cannot be read",
        "Nothing was done. Open the page again and repeat it.",
    )  # fmt: skip


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = {404: "There is no such page", 405: "That is not done this way"}.get(
        error.status_code, str(error.detail)
    )
    return _page(request, error.status_code, title, "Go back to the queue.", to_queue=True)


async def _not_found(request: Request, _: Exception) -> Response:
    return _page(request, 404, "There is no such message", "Go back to the queue.", to_queue=True)


async def _refused(request: Request, error: Exception) -> Response:
    reasons = error.reasons if isinstance(error, RefusedError) else (str(error),)
    sentences = (f"{reason[:1].upper()}{reason[1:]}." for reason in reasons)
    return _page(
        request, 409, "That was not done",
        "Look at the message as it is now, and decide again.", *sentences,
    )  # fmt: skip


async def _unavailable(request: Request, error: Exception) -> Response:
    _log.error("store_unavailable", error=str(error))
    return _page(
        request, 503, "The store cannot take anything now",
        "Nothing was done. Try again in a moment.",
    )  # fmt: skip


async def _defect(request: Request, error: Exception) -> Response:
    _log.error("defect", error=type(error).__name__, page=request.url.path)
    return _page(
        request, 500, "An unforeseen error",
        "Nothing was sent because of it. Report it with the time of day.",
    )  # fmt: skip
