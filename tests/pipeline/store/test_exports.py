from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from pipeline.store.execution import Who
from pipeline.store.exports import begin_export
from pipeline.store.keys import create_key
from pipeline.store.tables import api_key, audit
from policy.lifecycle import Actor
from tests.pipeline.store.support import Session

ADA = Who(Actor.PERSON, "ada")


def keys(connection: Connection) -> tuple[str, str]:
    one, other = (
        create_key(connection, name=name, scopes=["admin"], who=ADA)[0].id for name in ("a", "b")
    )
    return one, other


def exports(connection: Connection) -> list[Any]:
    query = select(audit.c.actor_id, audit.c.detail).where(audit.c.event == "export")
    return [tuple(row) for row in connection.execute(query)]


def test_once_an_hour_for_each_key_and_in_the_audit_log(session: Session) -> None:
    one, other = session.write(keys)
    assert session.write(lambda connection: begin_export(connection, one, ADA)) == 0
    wait = session.write(lambda connection: begin_export(connection, one, ADA))
    assert 3_500_000 < wait <= 3_600_000
    assert session.write(lambda connection: begin_export(connection, other, ADA)) == 0
    assert session.read(exports) == [("ada", {"api_key": one}), ("ada", {"api_key": other})]


@pytest.mark.parametrize(("ago", "waits"), [(3_600_001, False), (3_000_000, True)])
def test_an_hour_later_it_may_again(session: Session, ago: int, waits: bool) -> None:
    one, _ = session.write(keys)

    def work(connection: Connection) -> int:
        assert begin_export(connection, one, ADA) == 0
        connection.execute(update(api_key).values(exported_at=api_key.c.exported_at - ago))
        return begin_export(connection, one, ADA)

    assert (session.write(work) > 0) is waits
