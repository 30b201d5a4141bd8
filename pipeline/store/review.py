"""What a person who oversees looks through: lists of messages, without their texts."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, or_, select, true

from pipeline.store.tables import mailbox, message, message_content, recipient, service
from policy.lifecycle import State
from policy.modes import Mode

__all__ = [
    "counts", "ended", "in_doubt", "is_paused", "next_waiting", "teams", "waiting",
    "waiting_since",
]  # fmt: skip

_LISTED = select(
    message.c.id,
    message.c.state,
    message.c.inbound,
    message.c.mode,
    message.c.fraud,
    message.c.approvals,
    message.c.approvals_due,
    message.c.kind,
    message.c.tags,
    message.c.team,
    message_content.c.judgement,
    message.c.created_at,
    message.c.changed_at,
    message.c.expires_at,
    message.c.last_reply,
    message_content.c.draft["subject"].as_string().label("subject"),
    message_content.c.draft["from"].as_string().label("sender"),
    message_content.c.draft["to"].label("recipients"),
    mailbox.c.address.label("mailbox"),
).select_from(message.join(message_content).join(mailbox, message.c.mailbox_id == mailbox.c.id))
_HELD = message.c.state == State.HELD.value


def waiting(
    connection: Connection,
    *,
    team: str | None,
    expiring: bool,
    limit: int,
    offset: int,
    words: str = "",
) -> Sequence[RowMapping]:
    """Held messages, those of `team` only if one is given: oldest first, or first to expire.

    With `words`, only those that have them in the subject or in an address.
    """
    query = _LISTED.where(and_(_of_team(team), _says(words))).limit(limit).offset(offset)
    if expiring:
        order = (message.c.expires_at.is_(None), message.c.expires_at, message.c.id)
        query = query.order_by(*order)
    else:
        query = query.order_by(message.c.id)
    return connection.execute(query).mappings().all()


def waiting_since(connection: Connection, *, team: str | None) -> int | None:
    """Since when (ms) the held message waits that came first; None when none waits."""
    found: int | None = connection.execute(
        select(func.min(message.c.created_at)).where(_of_team(team))
    ).scalar_one()
    return found


def next_waiting(connection: Connection, after: str) -> str | None:
    """The held message after the id `after`, or else the oldest; None when there is no other."""
    query = select(message.c.id).where(and_(_HELD, message.c.id != after)).order_by(message.c.id)
    found = connection.execute(query.where(message.c.id > after).limit(1)).scalar()
    return found if found is not None else connection.execute(query.limit(1)).scalar()


def teams(connection: Connection) -> Mapping[str | None, int]:
    """How many held messages wait for each team; None is no team in particular."""
    query = select(message.c.team, func.count()).where(_HELD).group_by(message.c.team)
    counted = {row[0]: row[1] for row in connection.execute(query)}
    return dict(sorted(counted.items(), key=lambda pair: pair[0] or ""))


def counts(connection: Connection) -> Mapping[State, int]:
    """How many messages are held, and how many in doubt."""
    asked = (State.HELD, State.UNKNOWN)
    query = (
        select(message.c.state, func.count())
        .where(message.c.state.in_([state.value for state in asked]))
        .group_by(message.c.state)
    )
    counted = {row[0]: row[1] for row in connection.execute(query)}
    return {state: counted.get(state.value, 0) for state in asked}


def in_doubt(connection: Connection, *, limit: int) -> Sequence[RowMapping]:
    """Messages whose acknowledgement was lost, oldest first."""
    query = _LISTED.where(message.c.state == State.UNKNOWN.value).order_by(message.c.id)
    return connection.execute(query.limit(limit)).mappings().all()


def ended(
    connection: Connection,
    states: Collection[State],
    *,
    monitored: bool,
    before: int | None,
    limit: int,
    words: str = "",
) -> Sequence[RowMapping]:
    """Outbound messages in `states`, latest first, before the time `before`; `monitored` or all.

    With `words`, only those that have them in the subject or in an address.
    """
    condition = and_(
        message.c.state.in_([state.value for state in states]), message.c.inbound == 0, _says(words)
    )
    if monitored:
        condition = and_(condition, message.c.mode == int(Mode.MONITORED))
    if before is not None:
        condition = and_(condition, message.c.changed_at < before)
    query = _LISTED.where(condition).order_by(message.c.changed_at.desc()).limit(limit)
    return connection.execute(query).mappings().all()


def is_paused(connection: Connection) -> bool:
    """Whether somebody stopped all sending."""
    return bool(connection.execute(select(service.c.paused)).scalar_one())


def _says(words: str) -> ColumnElement[bool]:
    wanted = words.strip().lower()
    if not wanted:
        return true()
    draft = message_content.c.draft
    texts = [func.lower(draft[name].as_string()) for name in ("subject", "from")]
    address = recipient.c.address_key.contains(wanted, autoescape=True)
    return or_(
        *(text.contains(wanted, autoescape=True) for text in texts),
        exists().where(and_(recipient.c.message == message.c.id, address)),
    )


def _of_team(team: str | None) -> ColumnElement[bool]:
    return _HELD if team is None else and_(_HELD, message.c.team == team)
