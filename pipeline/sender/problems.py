"""Every refusal as RFC 9457 problem details: what is wrong, where, and how to mend it."""

from collections.abc import Sequence
from traceback import extract_tb
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pipeline.store.execution import ConflictError, NotFoundError, RefusedError
from pipeline.store.in_force import OtherPolicyError
from pipeline.store.writer import StoreUnavailableError

__all__ = [
    "MendedError", "ProblemError", "document", "field_problem", "install", "invalid", "problem",
    "unavailable",
]  # fmt: skip

_log = structlog.get_logger()
_TITLES = {
    400: "The request cannot be read",
    401: "Who are you?",
    403: "This key may not do that",
    404: "There is no such thing",
    405: "Not this method",
    409: "That is not possible now",
    413: "The request is too large",
    415: "Not this kind of content",
    422: "A field is wrong",
    429: "Too many requests",
    500: "A defect of Gatepost",
    501: "Not part of a self-hosted service",
    503: "Not now",
}


class MendedError(ValueError):
    """What is wrong with a value, and how to mend it; for validators of request bodies."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.mend = mend


class ProblemError(Exception):
    """A refusal with its status; `members` are further members of the problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        mend: str = "",
        *,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.mend = mend
        self.headers = headers
        self.members = members


def field_problem(field: str, problem: str, mend: str) -> ProblemError:
    """A refusal of one field of the body."""
    return ProblemError(
        422,
        f"{field}: {problem}",
        mend,
        errors=[{"field": field, "problem": problem, "mend": mend}],
    )


def install(app: FastAPI) -> None:
    """Answer every error of `app` in this form."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(NotFoundError, _not_found)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(StoreUnavailableError, _unavailable)
    app.add_exception_handler(Exception, _defect)


def document(
    status: int, detail: str, mend: str = "", headers: dict[str, str] | None = None, **members: Any
) -> JSONResponse:
    """A problem document as an answer."""
    body = problem(status, detail, mend, **members)
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def problem(status: int, detail: str, mend: str = "", **members: Any) -> dict[str, Any]:
    """A problem document; `error` repeats the detail for clients that look only there."""
    return {
        "type": "about:blank",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        **({"mend": mend} if mend else {}),
        **members,
        "error": detail,
    }


def invalid(errors: Sequence[Any]) -> ProblemError:
    """The refusal of a body or parameter with these errors of pydantic."""
    found = [_field_error(one) for one in errors]
    first = found[0]
    return ProblemError(422, f"{first['field']}: {first['problem']}", first["mend"], errors=found)


def unavailable(error: StoreUnavailableError) -> ProblemError:
    """The refusal of what the store cannot take now; it is logged."""
    _log.error("store_unavailable", error=str(error))
    if isinstance(error, OtherPolicyError):
        return ProblemError(503, str(error), "ask another process, or this one later")
    return ProblemError(
        503,
        "the store cannot take anything now, or its answer was lost",
        "repeat the request, with the same idempotency key",
        headers={"Retry-After": "5"},
    )


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return document(error.status, error.detail, error.mend, error.headers, **error.members)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return await _problem(request, invalid(error.errors()))


def _field_error(one: Any) -> dict[str, str]:
    place: Sequence[Any] = [part for part in one["loc"] if part not in ("body", "query", "path")]
    context = one.get("ctx") or {}
    if one["type"] == "json_invalid":
        return {
            "field": "body",
            "problem": f"not JSON: {context.get('error', one['msg'])}",
            "mend": "send one JSON object, with Content-Type: application/json",
        }
    field = ".".join(map(str, place)) or "body"
    problem = one["msg"].removeprefix("Value error, ")
    mends = {
        "missing": f"add {field}",
        "extra_forbidden": f"leave out {field}, or check its spelling",
    }
    cause = context.get("error")
    mend = mends.get(one["type"]) or getattr(cause, "mend", "") or f"write {field} as documented"
    if one["type"] == "missing":
        problem = "is missing"
    elif one["type"] == "extra_forbidden":
        problem = "is no field of this request"
    return {"field": field, "problem": problem, "mend": mend}


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    mends = {
        400: "send the body as JSON in UTF-8, not compressed",
        404: "see /docs for the routes",
        405: "see /docs for the methods of each route",
        413: "send less at once; attachments count in base64",
    }
    headers = dict(error.headers) if error.headers else None
    status = error.status_code
    return document(status, str(error.detail), mends.get(status, ""), headers)


async def _not_found(_: Request, error: Exception) -> JSONResponse:
    return document(404, str(error), "check the id; a key sees only what is its own to see")


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    return document(
        409,
        "; ".join(error.reasons),
        "read the message again and decide on what it is now",
        reasons=list(error.reasons),
        state=error.state.value if error.state else None,
    )


async def _conflict(_: Request, error: Exception) -> JSONResponse:
    return document(409, str(error), "read the message again and repeat the request")


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StoreUnavailableError)
    return await _problem(request, unavailable(error))


async def _defect(_: Request, error: Exception) -> JSONResponse:
    # Where it happened, never what it said: an error may quote a customer's message.
    where = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)][-5:]
    _log.error("defect", error=type(error).__name__, where=where)
    return document(
        500,
        "an unforeseen error; nothing was sent because of it",
        "repeat the request with the same idempotency key, and report this with its time",
    )
