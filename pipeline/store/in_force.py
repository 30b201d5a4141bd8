"""The policy in force: one for the whole store, whichever processes use it.

A process judges by the policy that it has loaded. When another process put another one into force,
its judgements are worth nothing, and it must say so and not mark them with the new version.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from pipeline.store.execution import Who, execute_on_service
from pipeline.store.statements import Statement
from pipeline.store.tables import service
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import LifecycleEvent

__all__ = ["InForce", "OtherPolicyError", "demand_in_force", "policy_in_force", "put_into_force"]

_SELECT = Statement(select(service.c.policy, service.c.policy_digest))


class OtherPolicyError(StoreUnavailableError):
    """This process has another policy than the one in force."""

    def __init__(self) -> None:
        super().__init__(
            "another process put another policy into force; reload this one under it, too"
        )


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy in force: its version in this store, and the digest of its rules."""

    version: int
    digest: str


def policy_in_force(connection: Connection) -> InForce:
    """What is in force now."""
    row = _SELECT.row(connection, {})
    assert row is not None, "the service has its row"
    return InForce(*row)


def demand_in_force(connection: Connection, digest: str) -> None:
    """Raises OtherPolicyError unless the policy of that digest is in force."""
    if policy_in_force(connection).digest != digest:
        raise OtherPolicyError


def put_into_force(connection: Connection, digest: str, who: Who) -> bool:
    """Put a policy that was proved into force; returns whether another one was before."""
    if policy_in_force(connection).digest == digest:
        return False
    execute_on_service(
        connection, LifecycleEvent.RELOAD, who, {"certified": True}, policy_digest=digest
    )
    return True
