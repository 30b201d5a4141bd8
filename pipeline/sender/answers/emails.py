"""What the routes answer that hand in, show and decide about messages."""

from typing import Any

from pydantic import ConfigDict, Field

from pipeline.sender.answers.base import Answer, Page

__all__ = [
    "BatchAnswer", "DecisionAnswer", "EmailAnswer", "EmailPage", "EmailView", "FileAddress",
    "FullEmail", "ListedEmail", "PendingPage", "SentAnswer", "TagsAnswer", "ThreadAnswer",
]  # fmt: skip

_STATUS = (
    "accepted, held, queued, sending, sent, unknown, deferred, failed, rejected, blocked, "
    "cancelled or expired; received, delivered or quarantined of mail that came in"
)


class Reason(Answer):
    """A rule that fired; `decides` says whether the outcome follows from it."""

    title: str
    kind: str
    decides: bool
    mode: str | None = None
    source: str | None = Field(None, description="file and line")
    because: str | None = Field(None, description="its source of law")


class EmailAnswer(Answer):
    """What became of a message, and by which rule."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "id": "019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11",
                "status": "held",
                "mode": "gated_all",
                "reasons": [
                    {
                        "title": "a fraud report is answered by people",
                        "kind": "require",
                        "mode": "gated_all",
                        "source": "packs/fraud.policy:5",
                        "because": "16 CFR 681.1(d)(2)(iii): respond to a red flag",
                        "decides": True,
                    }
                ],
                "message_id": "<019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11@yourstore.example>",
                "thread_id": "<019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11@yourstore.example>",
                "kind": "reply",
                "tags": ["fraud_risk"],
                "labels": [],
                "test": False,
                "created_at": "2026-11-24T10:00:00.000+00:00",
            }
        },
    )

    id: str
    status: str = Field(description=_STATUS)
    mode: str = Field(description="autonomous, monitored, gated_send, gated_all or blocked")
    reasons: list[Reason]
    message_id: str
    thread_id: str
    kind: str
    tags: list[str]
    labels: list[str]
    test: bool
    created_at: str
    withheld: str = Field("", description="why its words are not shown to this key")


class EmailView(EmailAnswer):
    """A message with its words, people, decision and attempts, as far as the key may read it."""

    version: str = Field("", description="goes with a decision: facts, content and policy")
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    decision: dict[str, Any] = Field(default_factory=dict)
    recipients: list[dict[str, Any]] = Field(default_factory=list)
    attempts: list[dict[str, Any]] = Field(default_factory=list)
    not_before: str = ""


class BatchAnswer(Answer):
    """What became of each message of a batch, in its order: an e-mail or a problem."""

    results: list[dict[str, Any]]
    accepted: int
    refused: int


class SentAnswer(EmailAnswer):
    """The same with what clients of MultiMail read; `status` is in their words."""

    state: str = Field(description=_STATUS)
    idempotent: bool
    message: str


class ListedEmail(Answer):
    """A message of a list, without its body."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    id: str
    mailbox_id: str
    sender: str = Field(alias="from")
    to: list[str]
    subject: str
    direction: str
    status: str
    state: str
    received_at: str
    thread_id: str
    has_attachments: bool


class EmailPage(Page):
    """Messages, latest first."""

    emails: list[ListedEmail]


class PendingPage(Page):
    """What waits for a person, oldest first; `pending` and `data` are `emails` without words."""

    emails: list[EmailAnswer]
    pending: list[EmailAnswer]
    data: list[EmailAnswer]


class DecisionAnswer(Answer):
    """What would become of a message, and why."""

    decision: str
    status_if_sent: str
    mode: str
    reasons: list[Reason]
    obligations: list[str]
    approvals: list[dict[str, Any]]
    facts: dict[str, Any]
    unknown_facts: list[str]
    tags: list[str]
    policy: dict[str, str]


class FullEmail(ListedEmail):
    """A message with its body, files, tags and approvals."""

    cc: list[str]
    markdown: str
    attachments: list[dict[str, Any]]
    tags: dict[str, str]
    approved_at: str | None
    approved_by: str | None


class ThreadAnswer(Answer):
    """A thread, oldest message first, without bodies."""

    thread_id: str
    message_count: int
    participants: list[str]
    last_activity: str
    has_unanswered_inbound: bool
    emails: list[ListedEmail]


class TagsAnswer(Answer):
    """The tags of a message."""

    tags: dict[str, str]


class FileAddress(Answer):
    """An address that gives a file to whoever has it, for so many seconds."""

    url: str
    filename: str
    size_bytes: int
    content_type: str
    expires_in: int
