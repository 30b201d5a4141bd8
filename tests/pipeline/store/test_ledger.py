"""What is known of people: the same then and now, unless something became known."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert

from pipeline.store import ledger
from pipeline.store.channels import record_turn
from pipeline.store.erasing import erase_person, messages_of
from pipeline.store.ledger import person
from pipeline.store.stored_messages import find_message
from pipeline.store.tables import erasure
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


def test_what_is_known_of_one_address_is_known_of_the_person(session: Session) -> None:
    session.write(
        lambda one: ledger.open_case(one, "customer+orders@example.org", "fraud", "", ADMIN)
    )
    session.write(lambda one: ledger.suppress(one, "Customer+News@example.org", "asked", ADMIN))
    session.write(lambda one: ledger.record_consent(one, CUSTOMER, "withdrawn", ADMIN))
    known = session.read(lambda one: ledger.people(one, [CUSTOMER, "customer+new@example.org"]))
    assert known[CUSTOMER] == known["customer+new@example.org"]
    assert known[CUSTOMER].fraud_open
    assert known[CUSTOMER].suppressed
    assert known[CUSTOMER].consent == "withdrawn"
    stranger = session.read(partial(person, address="other@example.org"))
    assert not stranger.fraud_open
    assert not stranger.suppressed


def test_a_case_of_one_address_voids_what_waits_for_another(session: Session) -> None:
    waits = session.accept(to="customer+orders@example.org")
    other = session.accept(to="other+orders@example.org")

    def facts(key: str) -> int:
        return int(session.read(lambda one: find_message(one, key))["facts"])

    before = facts(waits), facts(other)
    session.write(lambda one: ledger.open_case(one, CUSTOMER, "fraud", "", ADMIN))
    assert (facts(waits), facts(other)) == (before[0] + 1, before[1])


@pytest.mark.parametrize("asked", [CUSTOMER, "customer+orders@example.org"])
def test_who_is_erased_is_erased_under_every_address(session: Session, asked: str) -> None:
    several = ["customer+orders@example.org", "customer+news@example.org", CUSTOMER]
    for address in several:
        session.accept(to=address)
    assert session.write(lambda one: erase_person(one, asked, ADMIN)) == len(several)
    known = session.read(lambda one: ledger.people(one, [*several, "customer+2@example.org"]))
    assert all(one.erased for one in known.values())
    assert session.read(lambda one: messages_of(one, CUSTOMER)) == []


def test_an_erasure_of_an_address_that_was_kept_before_people_were_is_found(
    session: Session,
) -> None:
    """Of an erasure only a digest is kept, once of the whole address."""
    digest = hashlib.sha256(b"customer+orders@example.org").hexdigest()
    session.write(lambda one: one.execute(insert(erasure), {"address_sha256": digest, "at": 0}))
    assert session.read(partial(person, address="Customer+Orders@example.org")).erased
