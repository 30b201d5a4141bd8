"""People and their sessions: no secret kept, nothing lasts past its end."""

import pytest
from sqlalchemy import select, update

from pipeline.store.execution import NotFoundError, now_ms
from pipeline.store.people import (
    PersonExistsError,
    PersonNameError,
    add_person,
    close_session,
    disable_person,
    find_account,
    list_people,
    open_session,
    person_of_session,
    use_code,
)
from pipeline.store.tables import session as session_table
from tests.pipeline.store.support import ADMIN, Session


def add(session: Session, name: str = "ada") -> None:
    session.write(
        lambda connection: add_person(
            connection, name=name, password_hash="hash", totp_secret="SECRET",
            roles=["fraud_team"], who=ADMIN,
        )
    )  # fmt: skip


def test_a_session_names_its_person_until_it_is_closed(session: Session) -> None:
    add(session)
    token = session.write(lambda connection: open_session(connection, "ada"))
    found = session.read(lambda connection: person_of_session(connection, token))
    assert found is not None
    assert found.name == "ada"
    assert found.roles == {"fraud_team"}
    kept = session.read(lambda connection: connection.execute(select(session_table)).all())
    assert token not in repr(kept)
    session.write(lambda connection: close_session(connection, token))
    assert session.read(lambda connection: person_of_session(connection, token)) is None


def test_a_session_expires(session: Session) -> None:
    add(session)
    token = session.write(lambda connection: open_session(connection, "ada"))
    session.write(
        lambda connection: connection.execute(update(session_table).values(expires_at=now_ms()))
    )
    assert session.read(lambda connection: person_of_session(connection, token)) is None


def test_a_disabled_person_is_out_at_once(session: Session) -> None:
    add(session)
    token = session.write(lambda connection: open_session(connection, "ada"))
    session.write(lambda connection: disable_person(connection, "ada", ADMIN))
    assert session.read(lambda connection: person_of_session(connection, token)) is None
    assert session.read(lambda connection: find_account(connection, "ada")) is None
    assert session.read(list_people)[0]["disabled_at"] is not None
    with pytest.raises(NotFoundError):
        session.write(lambda connection: disable_person(connection, "ada", ADMIN))


def test_a_code_is_good_once_and_no_older_one_after_it(session: Session) -> None:
    add(session)

    def fresh(step: int) -> bool:
        return session.write(lambda connection: use_code(connection, "ada", step))

    assert [fresh(step) for step in (7, 7, 6, 8)] == [True, False, False, True]


def test_names_are_single_and_plain(session: Session) -> None:
    add(session)
    with pytest.raises(PersonExistsError):
        add(session)
    with pytest.raises(PersonNameError):
        add(session, "ada\nEve")
    assert [row["name"] for row in session.read(list_people)] == ["ada"]
