"""Memory of the queue: `python -m benchmarks.queue_memory [MESSAGES]`, a million by default.

Fills an SQLite store with queued messages, then claims and settles ten batches of 256, once with a
hundredth of them and once with all: what the process holds, and what a batch takes, must not grow
with the queue.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from time import process_time

from sqlalchemy import Connection

from benchmarks.sending_queue import AUTHOR, SENT, accept
from pipeline.store.constraints import drop_triggers, triggers
from pipeline.store.database import Store
from pipeline.store.delivery_queue import claim_due, mark_dot, settle_all
from pipeline.store.mailboxes import StoredMailbox, add_mailbox
from pipeline.store.statements import command

BATCHES, BATCH = 10, 256
AT_ONCE = 20_000


def resident() -> float:
    """Megabytes that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def multiply(connection: Connection, messages: int) -> None:
    """Copies of the one message, as many as are asked for, past the triggers."""
    for statement in list(drop_triggers(connection)):
        command(connection, statement)
    names = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(message)")]
    columns = ", ".join(
        {"id": "printf('%036d', n)", "message_id": "printf('<%d@shop.example>', n)"}.get(name, name)
        for name in names
    )
    first = "(SELECT count(*) FROM message)"
    connection.exec_driver_sql(
        f"WITH RECURSIVE number(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM number "
        f"WHERE n + 1 < {messages}) INSERT INTO message SELECT {columns} FROM number, "
        "(SELECT * FROM message WHERE state = 'queued' LIMIT 1)"
    )
    for statement in triggers(postgresql=False):
        command(connection, statement)


async def drain(store: Store) -> float:
    """CPU seconds of this process for a batch."""
    start = process_time()
    for _ in range(BATCHES):
        claims = await store.write_beside(lambda connection: claim_due(connection, BATCH))
        assert len(claims) == BATCH

        def settled(connection: Connection, claims: object = claims) -> None:
            assert isinstance(claims, list)
            for one in claims:
                mark_dot(connection, one, one.mime_sha256)
            settle_all(connection, [(one, SENT) for one in claims])

        await store.write_beside(settled)
    return (process_time() - start) / BATCHES


async def run(path: Path, messages: int) -> None:
    store = Store(path)
    box = StoredMailbox("m", "m@shop.example", "Orders", "autonomous", "orders", None, None, 0)
    await store.write(lambda connection: add_mailbox(connection, box, AUTHOR))
    await store.write(accept("m", 0))
    found = []
    for size in (max(messages // 100, 2 * BATCHES * BATCH), messages):
        for filled in range(0, size, AT_ONCE):  # a round keeps in memory what it may undo
            upto = min(filled + AT_ONCE, size)
            await store.write(lambda connection, upto=upto: multiply(connection, upto))
        before = resident()
        seconds = await drain(store)
        found.append((size, resident(), seconds))
        print(
            f"{size:>9} in the queue: {before:.0f} MB before, {resident():.0f} MB after "
            f"{BATCHES * BATCH} hand-overs, {1000 * seconds:.0f} ms CPU a batch of {BATCH}"
        )
    store.close()
    (_, few, quick), (_, many, slow) = found
    print(f"ratio of all to a hundredth: memory {many / few:.2f}, time {slow / quick:.2f}")


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "gatepost.db", messages))


if __name__ == "__main__":
    main()
