"""People instead of addresses: `ann+shop@` and `ann@` are one.

Erasures stay as they are: only digests are kept of them, and a person is sought under the digest
of the address that was given, too.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from pipeline.mail.addresses import person_key

revision = "0007"
down_revision = "0006"

_OF_PEOPLE = (
    "suppression", "consent", "consent_request", "case", "channel_contact", "privacy_request",
)  # fmt: skip
"""Tables that spoke of addresses and speak of people from here on."""
_OF_ADDRESSES = ("recipient", "contact")
"""Tables that go on to speak of addresses, and say whose each of them is."""


def upgrade() -> None:
    """Change the schema."""
    for name in _OF_PEOPLE:
        op.execute(f'ALTER TABLE "{name}" RENAME COLUMN address_key TO person_key')
    for name in _OF_ADDRESSES:
        op.execute(f"ALTER TABLE {name} ADD COLUMN person_key VARCHAR(320) NOT NULL DEFAULT ''")
        op.execute(f"UPDATE {name} SET person_key = address_key")  # noqa: S608  # names are ours
    _one_suppression_each()
    _one_turn_each()
    for name in (*_OF_PEOPLE, *_OF_ADDRESSES):
        for before, now in _other_keys(name):
            table = _table(name)
            op.execute(table.update().where(table.c.person_key == before).values(person_key=now))
    op.drop_index("consent_address", "consent")
    op.create_index("consent_person", "consent", ["person_key", "at"])
    op.drop_index("consent_request_address", "consent_request")
    op.create_index("consent_request_person", "consent_request", ["person_key"])
    op.drop_index("recipient_address", "recipient")
    op.create_index("recipient_person", "recipient", ["person_key", "changed_at"])
    op.create_index("contact_person", "contact", ["person_key"])


def downgrade() -> None:
    """Change it back; who was joined to one person stays one."""
    op.drop_index("contact_person", "contact")
    op.drop_index("recipient_person", "recipient")
    op.create_index("recipient_address", "recipient", ["address_key", "changed_at"])
    op.drop_index("consent_request_person", "consent_request")
    op.drop_index("consent_person", "consent")
    for name in _OF_ADDRESSES:
        op.execute(f"ALTER TABLE {name} DROP COLUMN person_key")
    for name in _OF_PEOPLE:
        op.execute(f'ALTER TABLE "{name}" RENAME COLUMN person_key TO address_key')
    op.create_index("consent_request_address", "consent_request", ["address_key"])
    op.create_index("consent_address", "consent", ["address_key", "at"])


def _table(name: str) -> sa.TableClause:
    columns = ("person_key", "channel", "wrote_at", "answered_at")
    return sa.table(name, *(sa.column(column) for column in columns))


def _other_keys(name: str) -> Iterable[tuple[str, str]]:
    """The keys in a table that are not those of a person, each with the one that is."""
    keys = op.get_bind().execute(sa.select(_table(name).c.person_key).distinct()).scalars().all()
    return [(key, person_key(key)) for key in keys if key != person_key(key)]


def _one_suppression_each() -> None:
    table = _table("suppression")
    kept = set(op.get_bind().execute(sa.select(table.c.person_key)).scalars())
    for before, now in _other_keys("suppression"):
        if now in kept:
            op.execute(table.delete().where(table.c.person_key == before))
        kept.add(now)


def _one_turn_each() -> None:
    """Of several addresses of a person the latest turn on each channel counts."""
    table = _table("channel_contact")
    latest: dict[tuple[str, str], list[int | None]] = {}
    for key, channel, *turns in op.get_bind().execute(sa.select(table)).all():
        before = latest.setdefault((person_key(key), channel), [None, None])
        pairs = zip(before, turns, strict=True)
        before[:] = [max((at for at in pair if at is not None), default=None) for pair in pairs]
    op.execute(table.delete())
    if latest:
        op.bulk_insert(
            table,
            [
                {"person_key": key, "channel": channel, "wrote_at": wrote, "answered_at": answered}
                for (key, channel), (wrote, answered) in latest.items()
            ],
        )
