"""The sender against its own floors: `python -m benchmarks.sender [MESSAGES]`.

For SQLite and, where a server is found, for PostgreSQL, ways measured in turns in one run, so that
other load falls on all of them:

    accept    POST /v1/emails: validated, allowed, idempotent, judged, composed, on the disk when
              answered, against routes of the same application: one that does the same work and
              keeps nothing (what being durable costs), one that only validates the body, and two
              that keep it the usual way, by a session of SQLAlchemy for each request, judged and
              composed as accepting does, and neither

Handing over has a benchmark of its own (`benchmarks.delivery`). The clients are another process.
Beside the ratio by the clock stands that of the processor time of the service, with its database,
and what each message spends it on.
"""

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import httpx
import uvicorn
import uvloop

from benchmarks.sender_client import posted
from benchmarks.sender_floors import UNKEPT, VALIDATED, Floors, Processor
from benchmarks.sender_peer import PEER, PEER_JUDGED, Peer
from pipeline.mail.addresses import Mailbox
from pipeline.sender.app import create_app
from pipeline.sender.gate import Gate
from pipeline.sender.known import Planned, read_known
from pipeline.sender.settings import Settings
from pipeline.sender.starting import first_keys
from tests.pipeline.sender.support import EMAIL, MAILBOX, ordinary, policy
from tests.pipeline.store.postgres import running_server

CLIENTS = 64
ROUNDS = 3
TEXT = "Thank you for your order. We will tell you when it leaves. " * 30
HTML = f"<html><body><p>{TEXT}</p></body></html>"


async def run(location: Path | str, messages: int, keys: dict[str, str]) -> None:
    settings = Settings(
        store=location, smtp_host="127.0.0.1", smtp_tls="off", requests_per_minute=0
    )
    gate = Gate(policy(), ordinary)
    app = create_app(settings, gate)
    floors = Floors(app, gate, settings)
    peer = Peer(app, floors, location) if Peer.possible(location) else None
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

    await service.worker.stop(5)  # nothing is handed over
    people = [Mailbox("customer@example.org")]
    floors.known = await service.store.read(
        lambda connection: read_known(connection, Planned(Mailbox(MAILBOX["address"]), people))
    )
    ways = {"/v1/emails": Way(), UNKEPT: Way(), VALIDATED: Way()}
    if peer is not None:
        await peer.open()
        ways |= {PEER: Way(), PEER_JUDGED: Way()}
    for path in ways:  # what is made once (prepared statements, first pages) is not measured
        await posted(port, path, keys["sending"], bodies(CLIENTS), CLIENTS)
    for _ in range(ROUNDS):
        for path, way in ways.items():
            given = bodies(messages)
            before = Processor.spent()
            seconds, times = await posted(port, path, keys["sending"], given, CLIENTS)
            way.add(messages / seconds, Processor.spent() - before, times)
    web.should_exit = True
    await serving
    floors.close()
    if peer is not None:
        await peer.close()

    accept, unkept, validated, *usual = ways.values()
    print(f"accept   {accept}   {accept.latency()}")
    print(f"  against the same work, kept nowhere    {unkept}   {accept.against(unkept)}")
    print(f"  against a route that only validates    {validated}   {accept.against(validated)}")
    print(f"  processor a message: {accept.spends(messages)}; "
          f"kept nowhere {unkept.spends(messages)}")  # fmt: skip
    if not usual:
        print("  against the usual way: pip install -r benchmarks/requirements-sender.txt")
        return
    bare, judged = usual
    print(f"  against a session of SQLAlchemy for each, judged and composed, no key asked for "
          f"{judged}   {accept.against(judged)}")  # fmt: skip
    print(f"  against the same, neither judged nor composed: less work than ours {bare}   "
          f"{accept.against(bare)}")  # fmt: skip
    print(f"  processor a message: the session for each {judged.spends(messages)}; "
          f"neither judged nor composed {bare.spends(messages)}")  # fmt: skip


@dataclass
class Way:
    """What was measured of one way, round by round."""

    rates: list[float] = field(default_factory=list)
    spent: list[Processor] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def add(self, rate: float, spent: Processor, times: list[float]) -> None:
        """A round more."""
        self.rates.append(rate)
        self.spent.append(spent)
        self.times += times

    def __str__(self) -> str:
        return f"{median(self.rates):6.0f}/s"

    def against(self, floor: "Way") -> str:
        """The ratio of each round to the floor's round beside it, by the clock and processor."""
        clock = median(one / other for one, other in zip(self.rates, floor.rates, strict=True))
        processor = median(
            other.all / one.all for one, other in zip(self.spent, floor.spent, strict=True)
        )
        return f"ratio {clock:.2f}, by processor {processor:.2f}"

    def latency(self) -> str:
        """Milliseconds from request to answer."""
        half, most = (quantiles(self.times, n=100)[place - 1] * 1000 for place in (50, 99))
        return f"p50 {half:.0f} ms   p99 {most:.0f} ms"

    def spends(self, messages: int) -> str:
        """Processor time of the cheapest round, by what it was spent on."""
        return min(self.spent, key=lambda one: one.all).a_message(messages)


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
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `gatepost serve` does
        runner.run(run(location, messages, keys))


if __name__ == "__main__":
    main()
