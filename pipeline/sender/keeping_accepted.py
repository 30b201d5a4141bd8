"""Accepting in the store: all messages that wait at a time, in as many statements as one."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipeline.mail.addresses import person_key
from pipeline.sender.known import Known, Planned, read_known_of_each
from pipeline.sender.preparing import Author
from pipeline.sender.requests import EmailRequest
from pipeline.store.execution import SYSTEM, Who
from pipeline.store.idempotency import Earlier, KeyReusedError, earlier_messages, remember
from pipeline.store.messages import Decided, NewMessage, accept, thread_changed
from pipeline.store.summaries import summary_of_new
from policy.lifecycle import Actor
from policy.modes import Event, Mode

__all__ = ["Accepted", "ChangedError", "HandedIn", "Judged", "keep", "look_up", "planned"]


class ChangedError(Exception):
    """What the judgement was about is no longer so."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The id of a message that is in the store, and whether it was there before (`repeated`).

    `summary` is what `store.summaries.summary_of` says of one that was not.
    """

    id: str
    repeated: bool
    summary: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A request, whose it is, and the digest by which the same request is known again."""

    request: EmailRequest
    author: Author
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Judged(HandedIn):
    """A request, what was known when it was judged, and the message and decision that follow.

    `stands` says whether the decision is the same when so many messages went to each person.
    """

    known: Known
    new: NewMessage
    decided: Decided
    stands: Callable[[Sequence[int]], bool]


def planned(request: EmailRequest, besides: str = "") -> Planned:
    """The message that `request` asks for, as far as something is known about it."""
    recipients = [box for box, _ in request.recipients]
    return Planned(request.sender, recipients, request.in_reply_to, besides)


def look_up(
    connection: Connection, every: Sequence[HandedIn]
) -> list[Known | Accepted | Exception]:
    """What is known of each message, or the one that the same request made before.

    Instead of either KeyReusedError, or NotFoundError as for `read_known`.
    """
    made = _made_before(connection, every)
    now_known = read_known_of_each(connection, [planned(one.request) for one in every])
    return [
        _repeated(made[key], one.body_sha256)
        if (key := (one.author.key, one.request.idempotency_key)) in made
        else known
        for one, known in zip(every, now_known, strict=True)
    ]


def keep(connection: Connection, every: Sequence[Judged]) -> list[Accepted | Exception]:
    """Keep and queue, hold or block each message, unless it is there already.

    Instead of the outcome KeyReusedError, or ChangedError and NotFoundError for one that must be
    judged again.
    """
    outcomes: dict[str, Accepted | Exception] = {}
    made = _made_before(connection, every)
    threads: set[str] = set()
    more: Counter[str] = Counter()  # what this round queues, by person
    accepted: list[Judged] = []
    now_known = read_known_of_each(connection, [planned(one.request) for one in every])
    for one, known in zip(every, now_known, strict=True):
        key = (one.author.key, one.request.idempotency_key)
        if key in made:
            outcomes[one.new.id] = _repeated(made[key], one.body_sha256)
        elif isinstance(known, Exception):
            outcomes[one.new.id] = known
        elif known.thread_id in threads or not _still_holds(one, known, more):
            outcomes[one.new.id] = ChangedError()
        else:
            accepted.append(one)
            if known.thread_id is not None:  # the next answer in it has this one before it
                threads.add(known.thread_id)
            if not (one.author.test or Mode(one.decided.mode).needs_approval(Event.SEND)):
                more.update(person_key(box.address) for box in known.people)
            if key[1] is not None:
                made[key[0], key[1]] = Earlier(key[1], one.body_sha256, one.new.id)
    outcomes |= _accept(connection, accepted)
    return [outcomes[one.new.id] for one in every]


def _still_holds(one: Judged, known: Known, more: Mapping[str, int]) -> bool:
    """Whether what was decided is right by what is `known` now, and with `more` on its way."""
    if known != one.known and known.but_for_counts() != one.known.but_for_counts():
        return False
    now = [
        person.messages_24h + more[person_key(box.address)] for box, person in known.people.items()
    ]
    then = [person.messages_24h for person in one.known.people.values()]
    return now == then or one.stands(now)


def _made_before(
    connection: Connection, every: Sequence[HandedIn]
) -> dict[tuple[str, str | None], Earlier]:
    """What the idempotency keys of these requests made before, by the caller and the key."""
    keys: dict[str, set[str]] = {}
    for one in every:
        if one.request.idempotency_key is not None:
            keys.setdefault(one.author.key, set()).add(one.request.idempotency_key)
    return {
        (api_key, earlier.key): earlier
        for api_key, its in keys.items()
        for earlier in earlier_messages(connection, api_key, its).values()
    }


def _repeated(earlier: Earlier, body_sha256: str) -> Accepted | KeyReusedError:
    try:
        return Accepted(earlier.answers(body_sha256), repeated=True)
    except KeyReusedError as error:
        return error


def _accept(connection: Connection, every: Sequence[Judged]) -> dict[str, Accepted]:
    if not every:
        return {}
    done = accept(
        connection, [(one.new, one.decided, Who(Actor.AUTHOR, one.author.holder)) for one in every]
    )
    remember(
        connection,
        [
            (one.author.key, Earlier(key, one.body_sha256, one.new.id))
            for one in every
            if (key := one.request.idempotency_key) is not None
        ],
    )
    for one in every:
        known = one.known
        if known.thread_id and not set(one.decided.tags) <= (known.thread.tags or set()):
            fraud = one.new.fraud
            thread_changed(connection, known.thread_id, SYSTEM, besides=one.new.id, fraud=fraud)
    return {
        one.new.id: Accepted(
            one.new.id,
            repeated=False,
            summary=summary_of_new(one.new, one.decided, its.state, its.at),
        )
        for one, its in zip(every, done, strict=True)
    }
