"""What the routes answer that mailboxes, keys, people and records are kept by."""

from typing import Any

from pydantic import ConfigDict, Field

from pipeline.sender.answers.base import Answer, Page

__all__ = [
    "AccountAnswer", "AllowlistEntry", "AllowlistPage", "ConsentHistory", "ContactAnswer",
    "ContactPage", "Done", "KeyMade", "KeyPage", "MailboxAnswer", "MailboxPage", "OptInAnswer",
    "PersonMade", "PrivacyRequestAnswer", "RecordPage", "SuppressionPage", "UpgradeCodeShown",
    "UpgradeWishes", "UsageAnswer", "WebhookAnswer", "WebhookPage",
]  # fmt: skip


class MailboxAnswer(Answer):
    """A mailbox, and how it is watched over."""

    id: str
    address: str
    display_name: str
    oversight_mode: str
    purpose: str
    created_at: int = Field(description="ms since 1970")


class MailboxPage(Page):
    """Mailboxes, oldest first."""

    mailboxes: list[MailboxAnswer]


class KeyMade(Answer):
    """A key with its secret, which is shown this once; `api_key` is `key` once more."""

    id: str
    prefix: str
    key: str
    api_key: str


class KeyShown(Answer):
    """A key without its secret."""

    id: str
    prefix: str
    name: str
    holder: str
    scopes: list[str]
    test: bool
    is_active: bool
    last_used_at: str | None


class KeyPage(Page):
    """Keys, newest first, under three names."""

    keys: list[KeyShown]
    api_keys: list[KeyShown]
    data: list[KeyShown]


class WebhookAnswer(Answer):
    """A receiver of events; the secret only when it is made or looked at by itself."""

    id: str
    url: str
    events: list[str]
    mailbox_id: str | None
    created_at: str
    signing_secret: str = ""


class UpgradeWish(Answer):
    """A freer mode that somebody asked for."""

    id: str
    mailbox_id: str
    target_mode: str
    asked_by: str
    asked_at: str


class UpgradeWishes(Answer):
    """The freer modes that wait for a person, oldest first."""

    upgrades: list[UpgradeWish]


class UpgradeCodeShown(Answer):
    """The code that lets an upgrade through, for a person's eyes."""

    id: str
    code: str
    expires_at: str


class Done(Answer):
    """What was done, in `status`, and to what."""

    id: str
    status: str


class WebhookPage(Page):
    """The receivers of events, under three names, without their secrets."""

    subscriptions: list[WebhookAnswer]
    webhooks: list[WebhookAnswer]
    data: list[WebhookAnswer]


class AllowlistEntry(Answer):
    """To whom the gated mode of a mailbox does not apply."""

    id: str
    pattern: str
    note: str
    added_by: str
    added_at: int = Field(description="ms since 1970")


class AllowlistPage(Page):
    """The allowlist of a mailbox, oldest entry first."""

    entries: list[AllowlistEntry]
    mailbox_id: str
    count: int


class ContactAnswer(Answer):
    """A person who is kept by name."""

    id: str
    name: str
    email: str
    tags: list[str]
    created_at: int = Field(description="ms since 1970")


class ContactPage(Page):
    """Contacts, oldest first."""

    contacts: list[ContactAnswer]


class Suppression(Answer):
    """An address that gets nothing unasked."""

    email_address: str
    reason: str
    created_at: str


class SuppressionPage(Page):
    """The suppression list, by address."""

    suppressions: list[Suppression]


class Record(Answer):
    """A row of the audit log; `hash` seals it and all before it."""

    id: str
    action: str
    resource_type: str
    resource_id: str | None
    actor: str
    actor_key_id: str
    metadata: dict[str, Any]
    created_at: str
    hash: str


class RecordPage(Page):
    """The audit log, latest first."""

    entries: list[Record]


class UsageAnswer(Answer):
    """What was sent, received and decided; of each day when that was asked for."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    since: int = Field(alias="from", description="ms since 1970")
    until: int = Field(alias="to", description="ms since 1970")
    emails_sent: int = 0
    emails_received: int = 0
    oversight_actions: int = 0
    api_calls: int = 0
    breakdown: str = ""
    data: list[dict[str, Any]] = Field(default_factory=list)


class AccountAnswer(Answer):
    """The service itself; null where there is no limit."""

    name: str
    plan: str
    physical_address: str | None
    emails_sent_this_month: int
    storage_used_bytes: int
    sending_disabled: bool
    sending_disabled_reason: str | None


class OptInAnswer(Answer):
    """The links for one person: to confirm, and to their own page."""

    id: str
    confirm_url: str
    preferences_url: str
    expires_at: str


class ConsentHistory(Answer):
    """What a person said about advertising, latest first."""

    address: str
    consents: list[dict[str, Any]]


class PrivacyRequestAnswer(Answer):
    """What a person asked for about their data, and by when the law wants an answer."""

    id: str
    address: str
    kind: str
    law: str
    received_at: str
    due_at: str
    overdue: bool


class PersonMade(Answer):
    """A person who may sign in, with what their authenticator app needs, shown this once."""

    name: str
    roles: list[str]
    totp_secret: str
    totp_uri: str
