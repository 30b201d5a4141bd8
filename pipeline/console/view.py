"""A message as the page shows it, gathered in one reading of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from pipeline.console.content import Content, content_of
from pipeline.mail.card_numbers import redact_card_numbers
from pipeline.sender.edit_history import EditHistory, edit_history
from pipeline.sender.gate import Gate
from pipeline.sender.recipient_outcomes import RecipientOutcomes, outcomes_of
from pipeline.store.blobs import get_blob
from pipeline.store.edits import edits_of
from pipeline.store.execution import NotFoundError
from pipeline.store.mailboxes import StoredMailbox, mailbox_by_id
from pipeline.store.oversight import VERSIONS, approvals_of, versions_of
from pipeline.store.stored_messages import attempts_of, find_message, recipients_of, thread_messages
from policy.facts import NumberType, Vocabulary
from policy.lifecycle import WAITING, State
from policy.literals import shown
from policy.modes import Mode
from policy.wording import condition_words

__all__ = ["FactRow", "MessageView", "conditions", "fact_rows", "message_view"]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact of the decision: `value` as a policy file writes it, `origin` whose word it is."""

    name: str
    value: str
    origin: str
    doc: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """All that the page of one message shows; `version` goes with the decision on it."""

    row: RowMapping
    state: State
    mode: str
    version: str
    mailbox: StoredMailbox
    judgement: Mapping[str, Any]
    content: Content | None
    facts: Sequence[FactRow]
    recipients: Sequence[RowMapping]
    approvals: Sequence[RowMapping]
    attempts: Sequence[RowMapping]
    thread: Sequence[RowMapping]
    history: EditHistory

    @property
    def inbound(self) -> bool:
        """Whether the message came in."""
        return bool(self.row["inbound"])

    @property
    def approvals_now(self) -> Sequence[RowMapping]:
        """The approvals of what is shown, without those of an earlier version."""
        return [
            one
            for one in self.approvals
            if ".".join(str(one[name]) for name in VERSIONS) == self.version
        ]

    @property
    def answered(self) -> RowMapping | None:
        """The message that this one answers, or else the latest that came in of its thread."""
        came = [one for one in self.thread if one["inbound"]]
        named = self.row["draft"].get("in_reply_to")
        return next((one for one in came if one["message_id"] == named), came[-1] if came else None)

    @property
    def outcomes(self) -> RecipientOutcomes:
        """For how many of its recipients it was handed over."""
        return outcomes_of(self.recipients)

    @property
    def can_be_taken_back(self) -> bool:
        """Whether an approved message has not left yet."""
        return not self.inbound and self.state in WAITING and self.state is not State.HELD


def message_view(connection: Connection, key: str, vocabulary: Vocabulary) -> MessageView:
    """The message `key`; raises NotFoundError."""
    row = find_message(connection, key)
    judgement: Mapping[str, Any] = row["judgement"] or {}
    versions = versions_of(connection, key)
    return MessageView(
        row=row,
        state=State(row["state"]),
        mode=Mode(row["mode"]).label,
        version=".".join(str(versions[name]) for name in VERSIONS),
        mailbox=mailbox_by_id(connection, row["mailbox_id"]),
        judgement=judgement,
        content=_content(connection, row),
        facts=fact_rows(judgement, vocabulary),
        recipients=recipients_of(connection, key),
        approvals=approvals_of(connection, key),
        attempts=attempts_of(connection, key),
        thread=[one for one in thread_messages(connection, row["message_id"]) if one["id"] != key],
        history=edit_history(
            row["draft"],
            edits_of(connection, key),
            masked=lambda text: redact_card_numbers(text)[0],
        ),
    )


def conditions(judgement: Mapping[str, Any], gate: Gate) -> Mapping[str, str]:
    """What each rule of the decision asks, in words, by the rule's file and line.

    Empty for a decision under another policy than the one in force.
    """
    if judgement.get("policy") != gate.digest:
        return {}
    wanted = {reason.get("source") for reason in judgement.get("reasons", ())}
    return {
        str(rule.span): condition_words(rule.condition, gate.policy.vocabulary)
        for rule in gate.policy.rules
        if str(rule.span) in wanted
    }


def fact_rows(judgement: Mapping[str, Any], vocabulary: Vocabulary) -> list[FactRow]:
    """The facts of a decision by name, then those that were not known."""
    known = [
        _fact(name, _written(name, value, vocabulary), vocabulary)
        for name, value in judgement.get("facts", {}).items()
    ]
    unknown = [_fact(name, "not known", vocabulary) for name in judgement.get("unknown_facts", ())]
    return known + unknown


def _fact(name: str, value: str, vocabulary: Vocabulary) -> FactRow:
    declared = vocabulary.get(name)
    if declared is None:  # the policy that decided knew it, the one in force does not
        return FactRow(name, value, "", "")
    return FactRow(name, value, declared.origin.value, declared.doc)


def _written(name: str, value: object, vocabulary: Vocabulary) -> str:
    declared = vocabulary.get(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and declared is not None and isinstance(declared.type, NumberType):
        return shown(declared.type, value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _content(connection: Connection, row: RowMapping) -> Content | None:
    """What stands in the bytes; None before the first decision, and after an erasure."""
    if row["mime_sha256"] is None:
        return None
    try:
        raw = get_blob(connection, row["mime_sha256"])
    except NotFoundError:
        return None
    return content_of(raw, inbound=bool(row["inbound"]))
