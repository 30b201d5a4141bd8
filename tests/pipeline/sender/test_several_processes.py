"""Two services over one PostgreSQL: each message once, one policy for all, nothing lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pipeline.sender.support import EMAIL, POLICY, Running, Sink, policy, serving, wait_for
from tests.pipeline.store.postgres import Server, postgres

__all__ = ["postgres"]
pytestmark = pytest.mark.postgres
MESSAGES = 24
OTHER = POLICY.replace('"order mail flows"', '"order mail flows, as before"')


@contextmanager
def two(folder: Path, smtp: Sink, location: str) -> Iterator[tuple[Running, Running]]:
    with (
        serving(folder, smtp.port, store=location) as one,
        serving(folder, smtp.port, store=location) as other,
    ):
        yield one, other


def hand_in(services: tuple[Running, Running]) -> list[str]:
    identities = []
    for number in range(MESSAGES):
        body = {**EMAIL, "to": f"customer{number}@example.org", "subject": f"order {number}"}
        answer = services[number % 2].post("/v1/emails", body)
        assert answer.status_code == 202, answer.text
        identities.append(answer.json()["id"])
    return identities


def subjects(smtp: Sink) -> Counter[str]:
    lines = (line for _, raw in list(smtp.got) for line in raw.split(b"\r\n"))
    return Counter(line.decode() for line in lines if line.startswith(b"Subject: order"))


def test_each_message_is_sent_once(tmp_path: Path, smtp: Sink, postgres: Server) -> None:
    with two(tmp_path, smtp, postgres.new_database()) as services:
        for identity in hand_in(services):
            services[0].until(identity, "sent")
    assert subjects(smtp) == {f"Subject: order {number}": 1 for number in range(MESSAGES)}


def test_connections_cut_in_the_middle_lose_nothing(
    tmp_path: Path, smtp: Sink, postgres: Server
) -> None:
    location = postgres.new_database()
    name = location.partition("@/")[2].partition("?")[0]
    with two(tmp_path, smtp, location) as services:
        identities = hand_in(services)
        wait_for(lambda: len(smtp.got), lambda count: count > 2)
        postgres.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        ends = [services[0].until(identity, "sent", "unknown") for identity in identities]
    times = subjects(smtp)
    assert set(times.values()) <= {1}, "nothing goes out twice by itself"
    assert len(times) >= ends.count("sent")
    assert len(ends) == MESSAGES


def test_a_process_under_another_policy_judges_nothing(
    tmp_path: Path, smtp: Sink, postgres: Server
) -> None:
    location = postgres.new_database()
    with serving(tmp_path, smtp.port, store=location) as old:
        assert old.get("/ready").status_code == 200
        with serving(tmp_path, smtp.port, store=location, checked=policy(OTHER)) as new:
            assert new.post("/v1/emails", EMAIL).status_code == 202
            refused = old.post("/v1/emails", EMAIL)
            assert refused.status_code == 503
            assert "reload" in refused.json()["detail"]
            assert old.get("/ready").status_code == 503
