"""The sender against its own floor: `python -m benchmarks.sender [MESSAGES]`.

Two ratios for SQLite and, where a server is found, for PostgreSQL, each of two ways measured in
turns in one run, so that other load falls on both:

    accept    POST /v1/emails: validated, idempotent, judged, composed, on the disk when answered
              against a route of the same application that only validates the body
    deliver   claim, hand-over with its marks and settlement of messages that are queued
              against plain aiosmtplib sending the same bytes over as many connections
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import uvicorn
from aiosmtplib import SMTP

from pipeline.sender.app import create_app
from pipeline.sender.gate import Gate
from pipeline.sender.requests import EmailRequest
from pipeline.sender.settings import Settings
from pipeline.sender.starting import first_keys
from pipeline.store.blobs import get_blob
from pipeline.store.messages import in_state
from policy.lifecycle import State
from tests.pipeline.sender.support import EMAIL, MAILBOX, ordinary, policy
from tests.pipeline.store.postgres import running_server

CLIENTS = 64
CONNECTIONS = 8
ROUNDS = 3
TEXT = "Thank you for your order. We will tell you when it leaves. " * 30
HTML = f"<html><body><p>{TEXT}</p></body></html>"


async def sink() -> tuple[asyncio.Server, int]:
    """A server that takes any mail and keeps none."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                if line.upper().startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 ok\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**22)
    return server, server.sockets[0].getsockname()[1]


async def post_all(
    port: int, path: str, key: str, bodies: list[bytes]
) -> tuple[float, list[float]]:
    """Seconds for all, and for each, with as many clients as `CLIENTS` over kept connections."""
    waiting, times = iter(bodies), []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in waiting:
            start = perf_counter()
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            answer = await reader.readexactly(length)
            if not head.startswith((b"HTTP/1.1 202", b"HTTP/1.1 200")):
                raise RuntimeError(answer[:300])
            times.append(perf_counter() - start)
        writer.close()

    start = perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return perf_counter() - start, times


async def plain(port: int, messages: list[bytes]) -> float:
    """Seconds for plain aiosmtplib to send these bytes."""
    waiting = iter(messages)

    async def connection() -> None:
        client = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        for raw in waiting:
            await client.sendmail(
                "orders@yourstore.example", ["a@example.org", "team@yourstore.example"], raw
            )
        client.close()

    start = perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return perf_counter() - start


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    start = perf_counter()
    await work()
    return perf_counter() - start


async def run(location: Path | str, messages: int, keys: dict[str, str]) -> None:
    server, smtp_port = await sink()
    settings = Settings(
        store=location, smtp_host="127.0.0.1", smtp_port=smtp_port, smtp_tls="off",
        smtp_connections=CONNECTIONS, requests_per_minute=0,
    )  # fmt: skip
    app = create_app(settings, Gate(policy(), ordinary))

    @app.post("/floor", status_code=202)
    async def floor(body: EmailRequest) -> dict[str, str]:
        return {"subject": body.subject}

    web = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    serving = asyncio.create_task(web.serve())
    while not web.started:  # noqa: ASYNC110  # there is nothing to wait on
        await asyncio.sleep(0.01)
    port = web.servers[0].sockets[0].getsockname()[1]
    await post_mailbox(port, keys["administration"])
    service = app.state.service
    numbers = count()

    def bodies(size: int) -> list[bytes]:
        return [
            json.dumps(
                {**EMAIL, "to": f"customer{n}@example.org", "text": TEXT, "html": HTML,
                 "idempotency_key": str(n)}
            ).encode()
            for n in (next(numbers) for _ in range(size))
        ]  # fmt: skip

    await service.worker.stop(5)  # accept alone, then deliver alone
    accepts, floors, latencies = [], [], []
    for _ in range(ROUNDS):
        seconds, times = await post_all(port, "/v1/emails", keys["sending"], bodies(messages))
        accepts.append(messages / seconds)
        latencies += times
        seconds, _ = await post_all(port, "/floor", keys["sending"], bodies(messages))
        floors.append(messages / seconds)
    rows = await service.store.read(
        lambda connection: in_state(connection, State.QUEUED, limit=100_000)
    )
    raw = [
        await service.store.read(
            lambda connection, row=row: get_blob(connection, row["mime_sha256"])
        )
        for row in rows
    ]

    async def queue_is_empty() -> None:
        while await service.store.read(  # noqa: ASYNC110  # the worker tells nobody
            lambda connection: bool(
                in_state(connection, State.QUEUED, limit=1)
                or in_state(connection, State.SENDING, limit=1)
            )
        ):
            await asyncio.sleep(0.01)

    before = await plain(smtp_port, raw)
    service.worker.start()
    ours = await timed(queue_is_empty)
    after = await plain(smtp_port, raw)
    web.should_exit = True
    await serving
    server.close()

    latencies.sort()
    print(f"accept   {median(accepts):8.0f}/s   floor {median(floors):8.0f}/s   "
          f"ratio {median(accepts) / median(floors):.2f}   "
          f"p50 {1000 * latencies[len(latencies) // 2]:.0f} ms   "
          f"p99 {1000 * latencies[int(len(latencies) * 0.99)]:.0f} ms")  # fmt: skip
    least = (before + after) / 2
    print(f"deliver  {len(raw) / ours:8.0f}/s   plain {len(raw) / least:8.0f}/s   "
          f"ratio {least / ours:.2f}")  # fmt: skip


async def post_mailbox(port: int, key: str) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/v1/mailboxes", json=MAILBOX)
        answer.raise_for_status()


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        measure(Path(folder) / "gatepost.db", messages)
    with running_server(durable=True) as server:
        print("PostgreSQL" if server else "PostgreSQL: no server found")
        if server is not None:
            measure(server.new_database(), messages)


def measure(location: Path | str, messages: int) -> None:
    keys = dict(first_keys(Settings(store=location)))
    asyncio.run(run(location, messages, keys))


if __name__ == "__main__":
    main()
