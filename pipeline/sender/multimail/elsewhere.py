"""Routes of a hosted service that a self-hosted one has no use for: each says where it is done."""

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from fastapi import APIRouter

from pipeline.sender.problems import ProblemError

router = APIRouter(tags=["not part of a self-hosted service"])

_SETTINGS = "settings of a self-hosted service stand in its environment; see docs/api.md"
_BILLING = "nothing is billed here"
_SIGN_UP = (
    "keys are made by `gatepost key create` or POST /v1/api-keys, people by `gatepost person`"
)
_DNS = "a domain is one that a mailbox has; `gatepost doctor` checks its DNS records"
_INBOUND = "hand in mail that came by POST /v1/inbound, or with `gatepost receive`"

_ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    ("PATCH", "/v1/account", _SETTINGS),
    ("DELETE", "/v1/account", "stop the service and remove its store"),
    ("POST", "/v1/domains", _DNS),
    ("GET", "/v1/domains/{domain_id}", _DNS),
    ("DELETE", "/v1/domains/{domain_id}", _DNS),
    ("POST", "/v1/domains/{domain_id}/verify", _DNS),
    ("POST", "/v1/billing/checkout", _BILLING),
    ("POST", "/v1/billing/crypto-checkout", _BILLING),
    ("POST", "/v1/billing/portal", _BILLING),
    ("POST", "/v1/billing/cancel", _BILLING),
    ("POST", "/v1/billing/pricing-checkout", _BILLING),
    ("GET", "/v1/slug-check/{slug}", _SIGN_UP),
    ("POST", "/v1/account", _SIGN_UP),
    ("POST", "/v1/account/challenge", _SIGN_UP),
    ("POST", "/v1/account/resend-confirmation", _SIGN_UP),
    ("POST", "/v1/confirm", _SIGN_UP),
    ("POST", "/v1/operator/start-session", "people sign in at /console/"),
    ("POST", "/v1/operator/verify-session", "people sign in at /console/"),
    ("POST", "/v1/operator/end-session", "people sign out at /console/"),
    ("GET", "/v1/operator/session", "people sign in at /console/"),
    ("POST", "/v1/feedback", "tell whoever runs this service"),
    ("POST", "/v1/support", "tell whoever runs this service"),
    ("POST", "/v1/webhooks/postmark", _INBOUND),
    ("POST", "/v1/webhooks/postmark-inbound", _INBOUND),
)


def _refusing(where: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def refuse() -> NoReturn:
        raise ProblemError(501, "this is not part of a self-hosted service", where)

    return refuse


for _method, _path, _where in _ELSEWHERE:
    router.add_api_route(
        _path,
        _refusing(_where),
        methods=[_method],
        status_code=501,
        name=f"{_method} {_path}",
        description=_where,
        response_model=None,
        include_in_schema=False,
    )
