"""Reports about mail that was sent: which of them are believed, and what follows.

A report is believed about a recipient only if we handed a message with that Message-ID to that
recipient, from the mailbox that got the report, within the last 30 days. Then an address that is
gone, whose owner complains, or where five messages bounced in 30 days, is suppressed. Our
Message-IDs hold 74 random bits, so whoever writes a report has seen the message; the worst that one
of its readers can do is to end mail to another reader of the same message.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, and_, func, insert, select

from pipeline.mail.addresses import address_key
from pipeline.store import audit
from pipeline.store.blobs import digest_of
from pipeline.store.execution import Who, now_ms
from pipeline.store.inbound import find_by_header_id
from pipeline.store.ledger import suppress
from pipeline.store.stored_messages import recipients_of
from pipeline.store.tables import delivery_report

__all__ = ["Claim", "record_report", "reports_of"]

_DAY = 86_400_000
_DAYS = 30
_ENOUGH_BOUNCES = 5
_REASONS = {"bounce": "bounced", "complaint": "complained"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a report claims about one recipient.

    `kind` is delivered, delay, bounce or complaint; `addresses` are the recipient's names, none
    when the report keeps them back; `lasting` says that the address is not to be written to again;
    `status_code` is one of RFC 3463 or empty.
    """

    kind: str
    addresses: tuple[str, ...]
    lasting: bool
    status_code: str = ""
    detail: str = ""


def record_report(
    connection: Connection,
    header_ids: Sequence[str],
    claims: Sequence[Claim],
    *,
    mailbox_id: str,
    received_as: str,
    who: Who,
) -> int:
    """Keep and audit the claims that are believed, and suppress where one is lasting.

    `header_ids` are the Message-IDs that the report may be about, `received_as` is the id of the
    report itself. Returns how many claims were believed.
    """
    about = find_by_header_id(connection, list(header_ids))
    if about is None or not _may_be_reported(about, mailbox_id):
        return 0
    handed = {
        row["address_key"]: row["address"]
        for row in recipients_of(connection, about["id"])
        if row["outcome"] != "failed"  # a quick bounce comes before the hand-over is settled
    }
    believed = 0
    for claim in claims:
        key, named = _recipient(claim, handed)
        if key is None:
            continue
        believed += 1
        lasting = claim.lasting and named
        connection.execute(
            insert(delivery_report),
            {
                "message": about["id"],
                "address_sha256": digest_of(key.encode()),
                "kind": claim.kind,
                "lasting": int(lasting),
                "status_code": claim.status_code,
                "detail": claim.detail,
                "received_as": received_as,
                "at": now_ms(),
            },
        )
        audit.record(
            connection,
            at=now_ms(),
            actor=who.actor.value,
            actor_id=who.id,
            event=claim.kind,
            message=about["id"],
            detail={
                "lasting": lasting, "status_code": claim.status_code, "report": received_as,
            },
        )  # fmt: skip
        if lasting or (claim.kind == "bounce" and _bounces_again_and_again(connection, key)):
            suppress(connection, handed[key], _REASONS[claim.kind], who)
    return believed


def reports_of(connection: Connection, key: str) -> Sequence[RowMapping]:
    """What was reported about a message, oldest first."""
    query = select(delivery_report).where(delivery_report.c.message == key)
    return connection.execute(query.order_by(delivery_report.c.id)).mappings().all()


def _bounces_again_and_again(connection: Connection, key: str) -> bool:
    """Whether five messages of the last 30 days bounced, each for a reason that might pass."""
    query = select(func.count(func.distinct(delivery_report.c.message))).where(
        and_(
            delivery_report.c.address_sha256 == digest_of(key.encode()),
            delivery_report.c.kind == "bounce",
            delivery_report.c.at >= now_ms() - _DAYS * _DAY,
        )
    )
    return connection.execute(query).scalar_one() >= _ENOUGH_BOUNCES


def _may_be_reported(about: RowMapping, mailbox_id: str) -> bool:
    return (
        not about["inbound"]
        and not about["erased"]
        and about["handovers"] > 0
        and about["mailbox_id"] == mailbox_id
        and about["changed_at"] >= now_ms() - _DAYS * _DAY
    )


def _recipient(claim: Claim, handed: dict[str, str]) -> tuple[str | None, bool]:
    """The key of the recipient that a claim is about, and whether the claim is sure of it."""
    for address in claim.addresses:
        if (key := address_key(address)) in handed:
            return key, True
    if len(handed) != 1:
        return None, False
    # A lone recipient whose name is kept back is meant; one under a name that we do not know
    # (mail that was forwarded) is meant as well, but it is not that address that is gone.
    return next(iter(handed)), not claim.addresses
