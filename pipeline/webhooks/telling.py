"""One attempt to tell a receiver: signed, vetted, without redirects, and soon over."""

import asyncio
import ssl
from datetime import UTC, datetime

import httpcore
from standardwebhooks import Webhook

from pipeline.store.execution import now_ms
from pipeline.store.webhook_deliveries import Answer, Due
from pipeline.webhooks.schedule import next_wait, retry_after
from pipeline.webhooks.target import TargetError, VettedNetwork, check_url

__all__ = ["Teller"]

_SECONDS = 10.0
_GONE = 410


class Teller:
    """Tells receivers; `local` allows plain http and private networks.

    `tls_context` replaces the system's trust in certificates.
    """

    def __init__(self, *, local: bool, tls_context: ssl.SSLContext | None = None) -> None:
        self._local = local
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_context or ssl.create_default_context(),
            max_connections=50,
            keepalive_expiry=15,
            network_backend=VettedNetwork(local=local),
        )

    async def tell(self, due: Due) -> Answer:
        """Attempt `due`; never raises for what the network or the receiver does.

        Any 2xx status means told. The answer's body is not read, a redirect is not followed.
        """
        try:
            check_url(due.url, local=self._local)
            async with asyncio.timeout(2 * _SECONDS):  # a receiver may drip its answer
                status, after = await self._post(due)
        except TargetError as error:
            return Answer(delivered=False, problem=str(error))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError,
                httpcore.UnsupportedProtocol, OSError, ValueError) as error:  # fmt: skip
            return _again(due, None, f"{type(error).__name__}: {error}"[:300], None)
        if 200 <= status < 300:
            return Answer(delivered=True, response_status=status)
        if status == _GONE:
            return Answer(
                delivered=False, response_status=status, problem="the receiver is gone", gone=True
            )
        return _again(due, status, f"the receiver answered {status}", after)

    async def close(self) -> None:
        """Hang up."""
        await self._pool.aclose()

    async def _post(self, due: Due) -> tuple[int, float | None]:
        now = datetime.now(UTC)
        headers: dict[bytes | str, bytes | str] = {
            "content-type": "application/json",
            "user-agent": "gatepost",
            "webhook-id": due.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                Webhook(secret).sign(due.id, now, due.payload) for secret in due.secrets
            ),
        }
        limits = dict.fromkeys(("connect", "read", "write", "pool"), _SECONDS)
        async with self._pool.stream(
            "POST",
            due.url,
            headers=headers,
            content=due.payload.encode(),
            extensions={"timeout": limits},
        ) as response:
            asked = dict(response.headers).get(b"retry-after", b"").decode("latin-1")
            return response.status, retry_after(asked, now) if asked else None


def _again(due: Due, status: int | None, problem: str, asked: float | None) -> Answer:
    wait = next_wait(due.attempts + 1, asked)
    at = None if wait is None else now_ms() + round(wait * 1000)
    return Answer(delivered=False, response_status=status, problem=problem, next_at=at)
