"""What is known of people: the same then and now, unless something became known."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pipeline.store import ledger
from pipeline.store.channels import record_turn
from pipeline.store.ledger import person
from tests.pipeline.store.support import ADMIN, Session

CUSTOMER = "customer@example.org"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "gatepost.db") as opened:
        yield opened


def test_that_seconds_pass_is_nothing_new_and_another_word_is(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrote(at: int) -> None:
        session.write(
            lambda connection: record_turn(connection, CUSTOMER, "email", "wrote", at, ADMIN)
        )

    look = partial(person, address=CUSTOMER)
    wrote(1_000)
    monkeypatch.setattr(ledger, "now_ms", lambda: 5_000)
    then = session.read(look)
    monkeypatch.setattr(ledger, "now_ms", lambda: 8_000)
    now = session.read(look)
    assert (then.last_contact, now.last_contact) == (4, 7)
    assert now == then
    wrote(2_000)
    assert session.read(look) != then
