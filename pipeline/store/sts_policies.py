"""The MTA-STS policies of domains that mail went to: no restart forgets a promise (RFC 8461).

What was fetched binds until its `max_age` is over (3.3): whoever can keep a process from fetching
anew must not win by having it started anew, or by another process that never had the policy.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from pipeline.mail.mta_sts import StsPolicy
from pipeline.store.tables import sts_policy
from pipeline.store.upserts import upsert

__all__ = ["FetchedPolicy", "keep_policy", "kept_policy"]

_KEPT = ("policy_id", "mode", "mx", "fetched_at", "ends_at")


@dataclass(frozen=True, slots=True)
class FetchedPolicy:
    """A policy with the id under which the DNS announced it; `fetched_at` is in ms."""

    id: str
    policy: StsPolicy
    fetched_at: int

    @property
    def ends_at(self) -> int:
        """When it binds no more (ms)."""
        return self.fetched_at + self.policy.max_age * 1000


def kept_policy(connection: Connection, domain: str) -> FetchedPolicy | None:
    """The policy of `domain` that was fetched last, over or not; None when there is none."""
    row = connection.execute(select(sts_policy).where(sts_policy.c.domain == domain)).first()
    if row is None:
        return None
    max_age = (row.ends_at - row.fetched_at) // 1000
    return FetchedPolicy(row.policy_id, StsPolicy(row.mode, max_age, tuple(row.mx)), row.fetched_at)


def keep_policy(connection: Connection, domain: str, fetched: FetchedPolicy) -> None:
    """Keep what was fetched instead of an earlier one, and drop what was over by then."""
    connection.execute(delete(sts_policy).where(sts_policy.c.ends_at < fetched.fetched_at))
    connection.execute(
        upsert(sts_policy, _KEPT),
        {
            "domain": domain,
            "policy_id": fetched.id,
            "mode": fetched.policy.mode,
            "mx": list(fetched.policy.mx),
            "fetched_at": fetched.fetched_at,
            "ends_at": fetched.ends_at,
        },
    )
