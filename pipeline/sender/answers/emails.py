"""What the routes answer that hand in, show and decide about messages."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from pipeline.sender.answers.base import Answer, Page, Problem
from pipeline.sender.answers.fields import (
    Address,
    Count,
    Id,
    IsIt,
    ModeName,
    Sha256,
    SourceLine,
    State,
    Tag,
    Time,
    Url,
    Word,
    Words,
)

__all__ = [
    "BatchAnswer", "DecisionAnswer", "EmailAnswer", "EmailPage", "EmailView", "FileAddress",
    "FullEmail", "LabelsCorrected", "ListedEmail", "PendingPage", "SentAnswer", "TagNames",
    "TagsAnswer", "ThreadAnswer",
]  # fmt: skip

MessageId = Annotated[
    str, Field(examples=["<019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11@yourstore.example>"])
]
_REPLY = "250 2.0.0 Ok: queued as 4bQ1"


class Reason(Answer):
    """A rule that fired; `decides` says whether the outcome follows from it."""

    title: Annotated[str, Field(examples=["a fraud report is answered by people"])]
    kind: Annotated[str, Field(examples=["require"])]
    decides: Annotated[bool, Field(examples=[True])]
    mode: ModeName | None = None
    source: SourceLine | None = None
    because: str | None = Field(
        None,
        description="its source of law",
        examples=["16 CFR 681.1(d)(2)(iii): respond to a red flag"],
    )
    unknown: list[str] = Field(
        [],
        description="facts nobody knew, for want of which the rule fired; known, it might not fire",
        examples=[[]],
    )


class EmailAnswer(Answer):
    """What became of a message, and by which rule."""

    id: Id
    status: State
    mode: ModeName
    reasons: list[Reason]
    message_id: MessageId
    thread_id: MessageId
    kind: Annotated[str, Field(examples=["reply"])]
    tags: list[Tag]
    labels: list[Annotated[str, Field(examples=["order-1001"])]]
    test: IsIt
    created_at: Time
    withheld: str = Field("", description="why its words are not shown to this key", examples=[""])


class Recipient(Answer):
    """Somebody a message goes to, and what their mail server said of it."""

    address: Address
    role: Annotated[str, Field(examples=["to"])]
    outcome: Annotated[
        str, Field(description="pending, sent, failed or unknown", examples=["sent"])
    ]
    reply: Annotated[str, Field(examples=[_REPLY])] | None


class RecipientOutcomes(Answer):
    """How many people a message is for, and for how many a mail server took or refused it.

    A message that ended otherwise than `sent` may have reached some of them. Copies that oversight
    gets are not counted.
    """

    recipients: Annotated[int, Field(examples=[3])]
    sent: Annotated[int, Field(description="a mail server took it for them", examples=[2])]
    failed: Annotated[int, Field(description="a mail server refused it", examples=[1])]
    unknown: Annotated[int, Field(description="the server's answer was lost", examples=[0])]
    pending: Annotated[int, Field(description="it was not handed over for them", examples=[0])]
    words: str = Field(
        description="the same in words; empty while it was handed over for nobody",
        examples=["taken for 2 of 3 recipients, refused for 1"],
    )


class Attempt(Answer):
    """One try to hand a message over."""

    at: Time
    route: Annotated[str, Field(examples=["mail.yourstore.example:587"])]
    outcome: Annotated[str, Field(examples=["sent"])] | None
    reply: Annotated[str, Field(examples=[_REPLY])] | None


class Piece(Answer):
    """Words that were left, deleted or inserted; in their order they make up both texts."""

    change: Annotated[str, Field(description="same, deleted or inserted", examples=["inserted"])]
    text: Annotated[str, Field(examples=["sorry "])]


class FieldChange(Answer):
    """A field of a message that an edit changed."""

    field: Annotated[str, Field(examples=["subject"])]
    before: Annotated[str, Field(examples=["Your refund is on its way"])]
    after: Annotated[str, Field(examples=["About your refund"])]
    difference: list[Piece]


class Edit(Answer):
    """Who changed a message that waited, when and what."""

    person: Annotated[str, Field(examples=["ada.lovelace"])]
    at: Time
    changes: list[FieldChange] | None = Field(description="null where the words before are erased")


class ApprovalGiven(Answer):
    """A person's word that a message may go, for a team."""

    person: Annotated[str, Field(examples=["ada.lovelace"])]
    role: Annotated[str, Field(examples=["fraud_team"])] | None
    at: Time


class ApprovalDue(Answer):
    """How many people of a team have to approve."""

    role: Annotated[str, Field(examples=["fraud_team"])]
    count: Annotated[int, Field(examples=[1])]


class EmailView(EmailAnswer):
    """A message with its words, people, decision and attempts, as far as the key may read it."""

    version: str = Field(
        "", description="goes with a decision: facts, content and policy", examples=["1.1.2"]
    )
    subject: Words | None = None
    text: Words | None = None
    html: Words | None = None
    mime_sha256: Sha256 | None = None
    decision: dict[str, Any] = Field(
        default_factory=dict, description="as `POST /v1/decisions` answers it", examples=[{}]
    )
    team: Annotated[str, Field(examples=["fraud_team"])] | None = None
    escalates_at: Time | None = None
    edits: list[Edit] = Field(default_factory=list, description="oldest first")
    approvals_given: list[ApprovalGiven] = Field(default_factory=list)
    approvals_due: Annotated[int, Field(examples=[1])] = 0
    recipients: list[Recipient] = Field(default_factory=list)
    recipient_outcomes: RecipientOutcomes | None = None
    attempts: list[Attempt] = Field(default_factory=list)
    not_before: Time = ""


class BatchAccepted(EmailAnswer):
    """A message of a batch that was accepted; `index` is its place, from 0."""

    index: Annotated[int, Field(examples=[0])]
    repeated: Annotated[bool, Field(description="it was there before", examples=[False])]


class BatchRefused(Problem):
    """A message of a batch that was refused; `index` is its place, from 0."""

    index: Annotated[int, Field(examples=[1])]


class BatchAnswer(Answer):
    """What became of each message of a batch, in its order: an e-mail or a problem."""

    results: list[BatchAccepted | BatchRefused]
    accepted: Annotated[int, Field(examples=[1])]
    refused: Annotated[int, Field(examples=[0])]


class SentAnswer(EmailAnswer):
    """The same with what clients of MultiMail read; `status` is in their words."""

    status: Annotated[str, Field(examples=["pending_send_approval"])]
    state: State
    idempotent: Annotated[bool, Field(description="it was there before", examples=[False])]
    message: Annotated[str, Field(examples=["A person decides about it; do not send it again."])]


class ListedEmail(Answer):
    """A message of a list, without its body; `status` is in the words of MultiMail's clients."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    id: Id
    mailbox_id: Id
    sender: Address = Field(alias="from")
    to: list[Annotated[str, Field(examples=["orders@yourstore.example"])]]
    subject: Words
    direction: Annotated[str, Field(description="inbound or outbound", examples=["inbound"])]
    status: Annotated[str, Field(examples=["unread"])]
    state: Annotated[State, Field(examples=["delivered"])]
    received_at: Time
    thread_id: MessageId
    has_attachments: IsIt


class EmailPage(Page):
    """Messages, latest first."""

    emails: list[ListedEmail]


class PendingPage(Page):
    """What waits for a person, oldest first; `pending` and `data` are `emails` without words."""

    emails: list[EmailAnswer]
    pending: list[EmailAnswer]
    data: list[EmailAnswer]


class PolicyAsked(Answer):
    """The policy that decided."""

    name: Annotated[str, Field(examples=["Corner Shop"])]
    digest: Sha256


class DecisionAnswer(Answer):
    """What would become of a message, and why."""

    decision: ModeName
    status_if_sent: Annotated[str, Field(description="queued, held or blocked", examples=["held"])]
    mode: ModeName
    reasons: list[Reason]
    obligations: list[Annotated[str, Field(examples=["route to fraud_team"])]]
    approvals: list[ApprovalDue]
    facts: dict[str, Any] = Field(
        description="what the rules read, by name", examples=[{"kind": "reply"}]
    )
    unknown_facts: list[Annotated[str, Field(examples=["recipient.consent"])]]
    tags: list[Tag]
    policy: PolicyAsked


class NamedFile(Answer):
    """A file of a message."""

    name: Annotated[str, Field(examples=["invoice-1001.pdf"])]
    size: Annotated[int, Field(description="bytes", examples=[48_211])]
    content_type: Annotated[str, Field(examples=["application/pdf"])]


class FullEmail(ListedEmail):
    """A message with its body, files, tags and approvals."""

    cc: list[Address]
    markdown: Words
    attachments: list[NamedFile]
    tags: dict[str, str] = Field(examples=[{"order": "1001"}])
    approved_at: Time | None
    approved_by: Annotated[str, Field(examples=["ada.lovelace"])] | None


class ThreadAnswer(Answer):
    """A thread, oldest message first, without bodies."""

    thread_id: MessageId
    message_count: Count
    participants: list[Address]
    last_activity: Time
    has_unanswered_inbound: IsIt
    emails: list[ListedEmail]


class TagsAnswer(Answer):
    """The tags of a message, with their values."""

    tags: dict[str, str] = Field(examples=[{"order": "1001"}])


class TagNames(Answer):
    """The tags of a message, without values."""

    id: Id
    tags: list[Word]


class Labels(Answer):
    """What a message was read as; the intent is null when it was not read."""

    intent: Annotated[str, Field(examples=["fraud_claim"])] | None
    tags: list[Tag]


class LabelsCorrected(Answer):
    """What a message was read as before a person looked at it, and after."""

    id: Id
    before: Labels
    after: Labels
    corrected: Annotated[bool, Field(description="they differ", examples=[True])]


class FileAddress(Answer):
    """An address that gives a file to whoever has it, for so many seconds."""

    url: Url
    filename: Annotated[str, Field(examples=["invoice-1001.pdf"])]
    size_bytes: Annotated[int, Field(examples=[48_211])]
    content_type: Annotated[str, Field(examples=["application/pdf"])]
    expires_in: Annotated[int, Field(description="seconds", examples=[3600])]
