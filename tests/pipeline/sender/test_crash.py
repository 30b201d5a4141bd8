"""kill -9 in the middle of sending: nothing accepted is lost, nothing is sent twice unseen."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from pipeline.sender.settings import Settings
from pipeline.sender.starting import first_keys
from tests.pipeline.sender.support import EMAIL, MAILBOX, Sink, sink, wait_for

ROOT = Path(__file__).parents[3]


@contextmanager
def victim(folder: Path, smtp: Sink) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "tests.pipeline.sender.victim", str(folder), str(port),
            str(smtp.port),
        ],
        cwd=ROOT,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(url) or process.poll() is not None, bool, 60)
        assert process.poll() is None
        yield process, url
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.HTTPError:
        return False


async def _hand_in(url: str, key: str, numbers: range, seen: dict[int, str]) -> None:
    """Hand in messages, eight at a time; what was accepted is put into `seen`."""
    gate = asyncio.Semaphore(8)
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30
    ) as client:

        async def one(number: int) -> None:
            body = {**EMAIL, "to": f"customer{number}@example.org"}
            async with gate:
                try:
                    answer = await client.post(
                        "/v1/emails", json=body, headers={"Idempotency-Key": str(number)}
                    )
                except httpx.HTTPError:
                    return  # the service is dead: not accepted, as far as the client knows
            assert answer.status_code in (200, 202), answer.text
            seen[number] = answer.json()["message_id"]

        await asyncio.gather(*map(one, numbers))


@pytest.mark.parametrize("sent_before", [5, 60])
def test_killed_while_sending_120_messages(tmp_path: Path, sent_before: int) -> None:
    keys = dict(first_keys(Settings(store=tmp_path / "gatepost.db")))
    accepted: dict[int, str] = {}
    with sink() as smtp:
        with victim(tmp_path, smtp) as (process, url):
            headers = {"Authorization": f"Bearer {keys['administration']}"}
            httpx.post(f"{url}/v1/mailboxes", json=MAILBOX, headers=headers)

            async def hand_in_and_kill() -> None:
                task = asyncio.create_task(_hand_in(url, keys["sending"], range(120), accepted))
                while len(smtp.got) < sent_before and not task.done():  # noqa: ASYNC110  # the sink is another thread
                    await asyncio.sleep(0.002)
                os.kill(process.pid, signal.SIGKILL)
                await task

            asyncio.run(hand_in_and_kill())
            process.wait()
        with victim(tmp_path, smtp) as (_, url):
            # Clients repeat what they got no answer to; the key makes it the same message.
            asyncio.run(_hand_in(url, keys["sending"], range(120), accepted))
            headers = {"Authorization": f"Bearer {keys['sending']}"}
            states = wait_for(
                lambda: _states(tmp_path),
                lambda found: not found & {"accepted", "queued", "sending", "deferred"},
                60,
            )
        assert states <= {"sent", "unknown"}
        rows = _rows(tmp_path)
        assert set(accepted.values()) == set(rows)
        assert len(rows) == 120
        times = Counter(str(message_from_bytes(raw)["Message-ID"]) for _, raw in smtp.got)
        for message_id, state in rows.items():
            if state == "sent":
                assert times[message_id] == 1
            else:
                assert times[message_id] <= 1  # nobody knows, and nobody repeats it
        assert sum(state == "unknown" for state in rows.values()) <= 4  # one for each conversation


def _rows(folder: Path) -> dict[str, str]:
    from pysqlite3 import dbapi2 as sqlite

    with sqlite.connect(f"file:{folder / 'gatepost.db'}?mode=ro", uri=True) as connection:
        return dict(connection.execute("SELECT message_id, state FROM message").fetchall())


def _states(folder: Path) -> set[str]:
    return set(_rows(folder).values())
