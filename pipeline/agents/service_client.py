"""The service's HTTP API, as the tools of an agent call it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

__all__ = ["KeyTooPowerfulError", "ServiceClient", "ServiceError"]

_SECONDS = 60.0
_PEOPLES_ROUTES = ("/v1/oversight/pending", "/v1/api-keys")


class ServiceError(Exception):
    """The service refused or could not be reached; the text says why and how to mend it."""


class KeyTooPowerfulError(Exception):
    """The key may do what only people may."""


class ServiceClient:
    """Calls the service at `url` with the key that `key` returns at the time of the call."""

    def __init__(self, url: str, key: Callable[[], str]) -> None:
        self._client = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=_SECONDS)
        self._key = key

    async def get(self, *path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What the service shows at `path`, whose parts are encoded; raises ServiceError."""
        return await self._ask("GET", path, params=_given(query or {}))

    async def post(
        self, *path: str, body: Mapping[str, Any] | None = None, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """What the service answers; parts of `body` that are None are left out."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        more: dict[str, Any] = {"json": _given(body)} if body is not None else {}
        return await self._ask("POST", path, headers=headers, **more)

    async def demand_weak_key(self) -> None:
        """Raise KeyTooPowerfulError for a key that oversees or administers.

        Whoever holds such a key may let out what is held; an agent must never be able to. Raises
        ServiceError when the key is not known or the service cannot be reached.
        """
        await self.get("v1", "mailboxes")
        for path in _PEOPLES_ROUTES:
            answer = await self._send("GET", path)
            if answer.status_code != 403:
                raise KeyTooPowerfulError(
                    "this key may oversee or administer, so an agent with it could approve its own "
                    "mail; make one that only sends: gatepost key create AGENT --scope send "
                    "--scope read"
                )

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def _ask(self, method: str, path: tuple[str, ...], **more: Any) -> dict[str, Any]:
        answer = await self._send(
            method, "/" + "/".join(quote(part, safe="") for part in path), **more
        )
        try:
            body = answer.json()
        except ValueError:
            body = {}
        if answer.is_success and isinstance(body, dict):
            return body
        told = body if isinstance(body, dict) else {}
        detail = told.get("detail") or f"the service answered {answer.status_code}"
        mend = told.get("mend", "")
        raise ServiceError(f"{detail}. {mend}".strip() if mend else str(detail))

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key()}", **more.pop("headers", {})}
        try:
            return await self._client.request(method, path, headers=headers, **more)
        except httpx.HTTPError as error:
            raise ServiceError(
                f"the service cannot be reached ({type(error).__name__}); nothing was sent"
                if method == "GET"
                else f"the service did not answer ({type(error).__name__}); repeat the call with "
                "the same idempotency_key, and it is sent at most once"
            ) from error


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
