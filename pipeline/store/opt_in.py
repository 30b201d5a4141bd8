"""The double opt-in: a consent that counts once the person has confirmed it themselves.

What is kept is what a supervisor asks for (GDPR art. 7(1)): where they first said so, to which
version of which wording, when they were asked, and when they confirmed.
"""

from sqlalchemy import Connection, RowMapping, and_, insert, select, update
from uuid_utils import uuid7

from pipeline.mail.addresses import person_key
from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.ledger import record_consent
from pipeline.store.tables import consent_request

__all__ = ["ask_for_consent", "confirm_consent", "open_consent_request"]


def ask_for_consent(
    connection: Connection,
    address: str,
    who: Who,
    *,
    region: str | None,
    how: str,
    wording: str,
    expires_at: int,
) -> str:
    """Note that a person is asked to confirm; nothing counts yet. Returns the id."""
    identity = str(uuid7())
    connection.execute(
        insert(consent_request),
        {
            "id": identity,
            "person_key": person_key(address),
            "region": region,
            "how": how,
            "wording": wording,
            "asked_at": now_ms(),
            "expires_at": expires_at,
        },
    )
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event="ask_for_consent",
        detail={"request": identity},
    )
    return identity


def open_consent_request(connection: Connection, identity: str) -> RowMapping:
    """A request that can be confirmed; raises NotFoundError when it ran out or is unknown."""
    query = select(consent_request).where(
        and_(consent_request.c.id == identity, consent_request.c.expires_at > now_ms())
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError("there is nothing to confirm: the link is too old, or none of ours")
    return row


def confirm_consent(connection: Connection, identity: str, who: Who) -> str:
    """Record the consent, with its proof; confirming twice changes nothing. Returns the address."""
    row = open_consent_request(connection, identity)
    address: str = row["person_key"]
    if row["confirmed_at"] is None:
        at = now_ms()
        connection.execute(
            update(consent_request).where(consent_request.c.id == identity).values(confirmed_at=at)
        )
        proof = {
            "how": row["how"],
            "wording": row["wording"],
            "proof": f"double opt-in {identity}",
            "asked_at": row["asked_at"],
            "confirmed_at": at,
        }
        record_consent(connection, address, "explicit", who, region=row["region"], evidence=proof)
    return address
