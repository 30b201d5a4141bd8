"""One policy is in force for all processes; whoever has another one must not judge."""

import pytest

from pipeline.store.execution import SYSTEM
from pipeline.store.in_force import (
    OtherPolicyError,
    demand_in_force,
    policy_in_force,
    put_into_force,
)
from tests.pipeline.store.support import Session


def test_a_policy_comes_into_force_once(session: Session) -> None:
    before = session.read(policy_in_force)
    assert session.write(lambda connection: put_into_force(connection, "a" * 64, SYSTEM))
    assert not session.write(lambda connection: put_into_force(connection, "a" * 64, SYSTEM))
    after = session.read(policy_in_force)
    assert (after.version, after.digest) == (before.version + 1, "a" * 64)


def test_who_has_another_policy_is_told(session: Session) -> None:
    session.write(lambda connection: put_into_force(connection, "b" * 64, SYSTEM))
    session.read(lambda connection: demand_in_force(connection, "b" * 64))
    with pytest.raises(OtherPolicyError, match="reload"):
        session.read(lambda connection: demand_in_force(connection, "a" * 64))
