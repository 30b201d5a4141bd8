"""Who is in talk with the shop on which channel: e-mail, chat, phone, social networks.

E-mail is seen by the service itself; of the other channels their own systems tell it. So a person
who waits for an answer in a chat is not written to past the people who talk to them there.
"""

from typing import Literal, get_args

from sqlalchemy import Connection, and_, select

from pipeline.mail.addresses import person_key
from pipeline.store.execution import Who
from pipeline.store.ledger import person_changed
from pipeline.store.tables import channel_contact
from pipeline.store.upserts import upsert

__all__ = ["CHANNELS", "Channel", "Turn", "record_turn"]

Channel = Literal["email", "chat", "phone", "social"]
Turn = Literal["wrote", "answered"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

_KEEP = upsert(channel_contact, ["wrote_at", "answered_at"])


def record_turn(
    connection: Connection, address: str, channel: Channel, turn: Turn, at: int, who: Who
) -> bool:
    """Note that a person wrote, or was answered, on a channel at `at`; returns whether they wait.

    `at` is in milliseconds since 1970 UTC; turns may be told in any order, the latest of each kind
    counts. Where a person begins or ceases to wait on another channel than e-mail, what waits for
    them here is decided anew.
    """
    key = person_key(address)
    found = connection.execute(
        select(channel_contact.c.wrote_at, channel_contact.c.answered_at).where(
            and_(channel_contact.c.person_key == key, channel_contact.c.channel == channel)
        )
    ).one_or_none()
    wrote, answered = found if found is not None else (None, None)
    waited = _waits(wrote, answered)
    if turn == "wrote":
        wrote = max(wrote or 0, at)
    else:
        answered = max(answered or 0, at)
    connection.execute(
        _KEEP, {"person_key": key, "channel": channel, "wrote_at": wrote, "answered_at": answered}
    )
    waits = _waits(wrote, answered)
    if channel != "email" and waits is not waited:
        detail: dict[str, object] = {"channel": channel, "waits": waits}
        person_changed(connection, key, who, "channel_turn", detail)
    return waits


def _waits(wrote: int | None, answered: int | None) -> bool:
    return wrote is not None and wrote > (answered or 0)
