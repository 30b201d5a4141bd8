"""What the routes answer, as their description shows it; a test holds the answers to it.

Answers may have more members than stand here: a client leaves out what it does not know.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "BatchAnswer", "DecisionAnswer", "EmailAnswer", "EmailPage", "EmailView", "KeyMade", "KeyPage",
    "MailboxAnswer", "MailboxPage", "PendingPage", "Problem", "SentAnswer", "WebhookAnswer",
    "answer",
]  # fmt: skip

_STATUS = (
    "accepted, held, queued, sending, sent, unknown, deferred, failed, rejected, blocked, "
    "cancelled or expired; received, delivered or quarantined of mail that came in"
)


def answer(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with `model`."""
    return {status: {"model": model, "description": (model.__doc__ or "").splitlines()[0]}}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")


class FieldProblem(_Answer):
    """A field that is wrong, and how to mend it."""

    field: str
    problem: str
    mend: str


class Problem(_Answer):
    """A refusal (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "A field is wrong",
                "status": 422,
                "detail": "subject: the character U+000D may not stand here",
                "mend": "write plain text in one line",
                "errors": [
                    {
                        "field": "subject",
                        "problem": "the character U+000D may not stand here",
                        "mend": "write plain text in one line",
                    }
                ],
                "error": "subject: the character U+000D may not stand here",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    error: str = Field(description="`detail` once more, for clients that look only there")
    mend: str = ""
    errors: list[FieldProblem] = []
    rule: str | None = Field(None, description="the rule that refuses, when one does")
    source: str | None = Field(None, description="file and line of that rule")


class Reason(_Answer):
    """A rule that fired; `decides` says whether the outcome follows from it."""

    title: str
    kind: str
    decides: bool
    mode: str | None = None
    source: str | None = Field(None, description="file and line")
    because: str | None = Field(None, description="its source of law")


class EmailAnswer(_Answer):
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
    decision: dict[str, Any] = {}
    recipients: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    not_before: str = ""


class BatchAnswer(_Answer):
    """What became of each message of a batch, in its order: an e-mail or a problem."""

    results: list[dict[str, Any]]
    accepted: int
    refused: int


class SentAnswer(EmailAnswer):
    """The same with what clients of MultiMail read; `status` is in their words."""

    state: str = Field(description=_STATUS)
    idempotent: bool
    message: str


class ListedEmail(_Answer):
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


class _Page(_Answer):
    cursor: str = Field("", description="where the next page begins; absent on the last one")


class EmailPage(_Page):
    """Messages, latest first."""

    emails: list[ListedEmail]


class PendingPage(_Page):
    """What waits for a person, oldest first; `pending` and `data` are `emails` without words."""

    emails: list[EmailAnswer]
    pending: list[EmailAnswer]
    data: list[EmailAnswer]


class DecisionAnswer(_Answer):
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


class MailboxAnswer(_Answer):
    """A mailbox, and how it is watched over."""

    id: str
    address: str
    display_name: str
    oversight_mode: str
    purpose: str
    created_at: int = Field(description="ms since 1970")


class MailboxPage(_Page):
    """Mailboxes, oldest first."""

    mailboxes: list[MailboxAnswer]


class KeyMade(_Answer):
    """A key with its secret, which is shown this once; `api_key` is `key` once more."""

    id: str
    prefix: str
    key: str
    api_key: str


class KeyShown(_Answer):
    """A key without its secret."""

    id: str
    prefix: str
    name: str
    holder: str
    scopes: list[str]
    test: bool
    is_active: bool
    last_used_at: str | None


class KeyPage(_Page):
    """Keys, newest first, under three names."""

    keys: list[KeyShown]
    api_keys: list[KeyShown]
    data: list[KeyShown]


class WebhookAnswer(_Answer):
    """A receiver of events; the secret only when it is made or looked at by itself."""

    id: str
    url: str
    events: list[str]
    mailbox_id: str | None
    created_at: str
    signing_secret: str = ""
