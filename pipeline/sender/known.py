"""All that the store knows about a message to be judged, read in one transaction.

The judgement is made outside of any transaction, since it takes milliseconds; whoever puts it into
force reads this once more, in the writing transaction, and starts over when it differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from sqlalchemy import Connection

from pipeline.mail.addresses import Mailbox
from pipeline.sender.outbound_facts import Thread
from pipeline.store.allowlist import LIFTED, listed
from pipeline.store.execution import NotFoundError
from pipeline.store.in_force import InForce, policy_in_force
from pipeline.store.inbound import Reading
from pipeline.store.ledger import Person, people
from pipeline.store.mailboxes import StoredMailbox, find_mailbox
from pipeline.store.oversight import was_rejected_before
from pipeline.store.stored_messages import thread_messages
from policy.lifecycle import State

__all__ = ["Known", "Planned", "read_known", "read_known_of_each"]

_NO_THREAD = Thread(tags=frozenset(), unanswered=False, automatic=False, rejected_before=False)
_STRANGE_THREAD = Thread(tags=None, unanswered=None, automatic=None, rejected_before=False)


@dataclass(frozen=True, slots=True)
class Known:
    """The mailbox, the people, the thread with its id, and the policy in force.

    `listed` are the addresses that the allowlist of the mailbox matches, where that matters.
    """

    mailbox: StoredMailbox
    people: Mapping[Mailbox, Person]
    thread: Thread
    thread_id: str | None
    references: tuple[str, ...]
    policy: InForce
    listed: frozenset[str]

    def but_for_counts(self) -> "Known":
        """The same without how many messages went to the people."""
        people = {box: replace(person, messages_24h=0) for box, person in self.people.items()}
        return replace(self, people=people)


@dataclass(frozen=True, slots=True)
class Planned:
    """A message about which something is to be known.

    `besides` is its own id, if it is stored: it is not part of the thread it answers.
    """

    sender: Mailbox
    recipients: Sequence[Mailbox]
    in_reply_to: str | None = None
    besides: str = ""


def read_known(connection: Connection, planned: Planned) -> Known:
    """What is known now; raises NotFoundError when the sender is no mailbox of the shop."""
    (known,) = read_known_of_each(connection, [planned])
    if isinstance(known, NotFoundError):
        raise known
    return known


def read_known_of_each(
    connection: Connection, every: Sequence[Planned]
) -> list[Known | NotFoundError]:
    """What is known now of each, in order; NotFoundError as in `read_known`."""
    everybody = {box.address for planned in every for box in planned.recipients}
    of_people = people(connection, everybody)
    policy = policy_in_force(connection)
    mailbox_of = cache(partial(find_mailbox, connection))
    listed_in = cache(lambda identity: listed(connection, identity, everybody))

    def known_of(planned: Planned) -> Known:
        thread, thread_id, references = (
            (_NO_THREAD, None, ())
            if planned.in_reply_to is None
            else _thread(connection, planned.in_reply_to, planned.besides)
        )
        mailbox = mailbox_of(planned.sender.address)
        lifted = listed_in(mailbox.id) if mailbox.oversight_mode == LIFTED else frozenset()
        return Known(
            mailbox=mailbox,
            people={box: of_people[box.address] for box in planned.recipients},
            thread=thread,
            thread_id=thread_id,
            references=references,
            policy=policy,
            listed=lifted & {box.address for box in planned.recipients},
        )

    found: list[Known | NotFoundError] = []
    for planned in every:
        try:
            found.append(known_of(planned))
        except NotFoundError as error:
            found.append(error)
    return found


def _thread(
    connection: Connection, in_reply_to: str, besides: str
) -> tuple[Thread, str | None, tuple[str, ...]]:
    rows = [row for row in thread_messages(connection, in_reply_to) if row["id"] != besides]
    if not rows:
        return _STRANGE_THREAD, None, (in_reply_to,)
    answered = next(row for row in rows if row["message_id"] == in_reply_to)
    sent = [row for row in rows if row["inbound"] or row["state"] == State.SENT.value]
    thread = Thread(
        tags=frozenset(tag for row in rows for tag in row["tags"]),
        unanswered=bool(sent and sent[-1]["inbound"]),
        automatic=bool(answered["draft"].get("automatic", False)),
        rejected_before=was_rejected_before(connection, answered["thread_id"]),
        answered=Reading.of(answered),
    )
    return thread, answered["thread_id"], tuple(row["message_id"] for row in rows[-20:])
