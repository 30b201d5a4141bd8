"""All that the store knows about a message to be judged, read in one transaction.

The judgement is made outside of any transaction, since it takes milliseconds; whoever puts it into
force reads this once more, in the writing transaction, and starts over when it differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from pipeline.mail.addresses import Mailbox
from pipeline.sender.outbound_facts import Thread
from pipeline.store.allowlist import LIFTED, listed
from pipeline.store.in_force import InForce, policy_in_force
from pipeline.store.inbound import Reading
from pipeline.store.ledger import Person, person
from pipeline.store.mailboxes import StoredMailbox, find_mailbox
from pipeline.store.messages import thread_messages
from pipeline.store.oversight import was_rejected_before
from policy.lifecycle import State

__all__ = ["Known", "read_known"]

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


def read_known(
    connection: Connection,
    sender: Mailbox,
    recipients: Sequence[Mailbox],
    in_reply_to: str | None,
    besides: str = "",
) -> Known:
    """What is known now; raises NotFoundError when `sender` is no mailbox of the shop.

    `besides` is the id of the message itself, which is not part of the thread it answers.
    """
    thread, thread_id, references = (
        (_NO_THREAD, None, ()) if in_reply_to is None else _thread(connection, in_reply_to, besides)
    )
    mailbox = find_mailbox(connection, sender.address)
    gated = mailbox.oversight_mode == LIFTED
    return Known(
        mailbox=mailbox,
        people={box: person(connection, box.address) for box in recipients},
        thread=thread,
        thread_id=thread_id,
        references=references,
        policy=policy_in_force(connection),
        listed=listed(connection, mailbox.id, [box.address for box in recipients])
        if gated
        else frozenset(),
    )


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
