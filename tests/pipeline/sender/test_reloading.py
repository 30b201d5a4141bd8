"""Another policy into force while the service runs."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import httpx
import pytest
import typer
from pysqlite3 import dbapi2 as sqlite

from pipeline.cli.reload import reload
from pipeline.sender.gate import Gate
from pipeline.sender.proved import NotServedError, Proved
from pipeline.sender.reloading import Reloading
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM
from pipeline.store.writer import StoreUnavailableError
from policy.rules import Policy
from tests.pipeline.sender.support import EMAIL, POLICY, Running, Sink, policy, serving

ORDERS = 'allow monitored "order mail flows"'
FIRST = POLICY.replace(ORDERS, 'allow monitored "order mail flows, odd"')
SECOND = POLICY.replace(ORDERS, 'allow monitored "order mail flows, even"')


class Files:
    """Policy files that somebody changes; `refused` is what a proof would object."""

    def __init__(self) -> None:
        self.now: Policy = policy(FIRST)
        self.refused: NotServedError | None = None

    def load(self) -> Proved:
        if self.refused is not None:
            raise self.refused
        return Proved(self.now, "")


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink, files: Files) -> Iterator[Running]:
    with serving(tmp_path, smtp.port, checked=policy(FIRST), load=files.load) as running:
        yield running


def policy_version(shop: Running, identity: str) -> int:
    version: str = shop.get(f"/v1/emails/{identity}").json()["version"]
    return int(version.split(".")[2])


def test_what_is_refused_changes_nothing_and_what_is_proved_decides_anew(
    shop: Running, files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    key = shop.keys["administration"]
    assert shop.post("/v1/service/reload", {}, by="sending").status_code == 403
    held = shop.post("/v1/emails", {**EMAIL, "tags": ["fraud_risk"]}).json()
    assert held["status"] == "held"
    before = policy_version(shop, held["id"])

    files.refused = NotServedError(["a stolen card gets through"], refuted=True)
    with pytest.raises(typer.Exit) as ended:
        reload(shop.url, key)
    assert ended.value.exit_code == 1
    assert "a stolen card gets through" in capsys.readouterr().err
    files.refused = NotServedError(["line 3: what?"], refuted=False)
    with pytest.raises(typer.Exit) as ended:
        reload(shop.url, key)
    assert ended.value.exit_code == 2
    assert shop.post("/v1/emails", EMAIL).json()["reasons"][0]["title"].endswith("odd")
    assert policy_version(shop, held["id"]) == before

    files.refused = None
    reload(shop.url, key)
    assert "in force already" in capsys.readouterr().out
    files.now = policy(SECOND)
    reload(shop.url, key)
    assert "is in force" in capsys.readouterr().out
    assert shop.post("/v1/emails", EMAIL).json()["reasons"][0]["title"].endswith("even")
    assert policy_version(shop, held["id"]) == before + 1
    assert shop.get("/ready").json()["policy"]["version"] == before + 1


def test_no_message_is_decided_by_one_policy_and_marked_with_the_version_of_another(
    shop: Running, files: Files, tmp_path: Path
) -> None:
    first = policy_version(shop, shop.post("/v1/emails", EMAIL).json()["id"])
    accepted: list[str] = []

    def send() -> None:
        for _ in range(12):
            answer = shop.post("/v1/emails", EMAIL)
            while answer.status_code == 503:  # changed under its hands five times in a row
                answer = shop.post("/v1/emails", EMAIL)
            assert answer.status_code == 202, answer.text
            accepted.append(answer.json()["id"])

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    versions = (policy(SECOND), policy(FIRST))
    while any(thread.is_alive() for thread in threads):
        for files.now in versions:
            answer = shop.post("/v1/service/reload", {}, by="administration")
            assert answer.json()["changed"], answer.text
            sleep(0.02)
    for thread in threads:
        thread.join()
    assert len(accepted) == 36
    with closing(sqlite.connect(tmp_path / "gatepost.db")) as connection:
        rows = connection.execute(
            "SELECT decided_policy, judgement FROM message JOIN message_content ON message = id"
        ).fetchall()
    for decided_by, judgement in rows:
        titles = {reason["title"] for reason in json.loads(judgement)["reasons"]}
        right = "odd" if (decided_by - first) % 2 == 0 else "even"
        assert f"order mail flows, {right}" in titles, titles


async def test_a_hangup_reloads_and_a_refuted_policy_stays_out(
    tmp_path: Path, files: Files
) -> None:
    store = Store(tmp_path / "gatepost.db")
    holder = SimpleNamespace(gate=Gate(policy(FIRST), None))
    reloading = Reloading(store, holder, files.load)  # type: ignore[arg-type]  # only its gate
    first = holder.gate
    reloading.on_hangup()
    try:
        files.refused = NotServedError(["refuted"], refuted=True)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        assert holder.gate is first
        files.refused, files.now = None, policy(SECOND)
        os.kill(os.getpid(), signal.SIGHUP)
        end = monotonic() + 10
        while holder.gate is first:
            assert monotonic() < end
            await asyncio.sleep(0.01)
        assert holder.gate.policy is files.now
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        store.close()


async def test_a_reload_that_cannot_be_written_leaves_the_gate_as_it_was(
    tmp_path: Path, files: Files
) -> None:
    store = Store(tmp_path / "gatepost.db")
    holder = SimpleNamespace(gate=Gate(policy(FIRST), None))
    reloading = Reloading(store, holder, files.load)  # type: ignore[arg-type]  # only its gate
    first, files.now = holder.gate, policy(SECOND)
    store.close()
    with pytest.raises(StoreUnavailableError):
        await reloading.reload(SYSTEM)
    assert holder.gate is first


def test_without_policy_files_there_is_nothing_to_reload(service: Running) -> None:
    answer = httpx.post(
        f"{service.url}/v1/service/reload",
        headers={"Authorization": f"Bearer {service.keys['administration']}"},
    )
    assert answer.status_code == 409
    assert "no policy files" in answer.json()["detail"]
