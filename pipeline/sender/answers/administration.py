"""What the routes answer that mailboxes, keys, people and webhooks are kept by."""

from typing import Annotated

from pydantic import Field

from pipeline.sender.answers.base import Answer, Page
from pipeline.sender.answers.fields import (
    Count,
    Id,
    IsIt,
    KeyName,
    Milliseconds,
    ModeName,
    Time,
    Word,
)

__all__ = [
    "AllowlistEntry", "AllowlistPage", "Deleted", "Done", "KeyMade", "KeyPage", "Made",
    "MailboxAnswer", "MailboxPage", "PeopleAnswer", "PersonDone", "PersonMade",
    "UpgradeCodeShown", "UpgradeWishes", "WebhookAnswer", "WebhookDeliveryPage", "WebhookPage",
]  # fmt: skip

Secret = Annotated[str, Field(examples=["gp_live_…"])]
Prefix = Annotated[str, Field(examples=["gp_live_3kQ9x2"])]
Receiver = Annotated[str, Field(examples=["https://hooks.yourstore.example/mail"])]
EventName = Annotated[str, Field(examples=["message.sent"])]
PersonName = Annotated[str, Field(examples=["ada.lovelace"])]
Roles = list[Annotated[str, Field(examples=["fraud_team"])]]


class Done(Answer):
    """What was done, in `status`, and to what."""

    id: Id
    status: Annotated[str, Field(examples=["updated"])]


class Made(Answer):
    """What was made, by its id."""

    id: Id


class Deleted(Answer):
    """It is gone."""

    deleted: Annotated[bool, Field(examples=[True])]


class MailboxAnswer(Answer):
    """A mailbox, and how it is watched over."""

    id: Id
    address: Annotated[str, Field(examples=["orders@yourstore.example"])]
    display_name: Annotated[str, Field(examples=["Order Notifications"])]
    oversight_mode: Annotated[ModeName, Field(examples=["gated_send"])]
    purpose: Annotated[str, Field(examples=["orders"])]
    created_at: Milliseconds


class MailboxPage(Page):
    """Mailboxes, oldest first."""

    mailboxes: list[MailboxAnswer]


class AllowlistEntry(Answer):
    """To whom the gated mode of a mailbox does not apply."""

    id: Id
    pattern: Annotated[str, Field(examples=["*@customer.example"])]
    note: Annotated[str, Field(examples=["our own staff"])]
    added_by: PersonName
    added_at: Milliseconds


class AllowlistPage(Page):
    """The allowlist of a mailbox, oldest entry first."""

    entries: list[AllowlistEntry]
    mailbox_id: Id
    count: Count


class UpgradeWish(Answer):
    """A freer mode that somebody asked for."""

    id: Id
    mailbox_id: Id
    target_mode: Annotated[ModeName, Field(examples=["monitored"])]
    asked_by: KeyName
    asked_at: Time


class UpgradeWishes(Answer):
    """The freer modes that wait for a person, oldest first."""

    upgrades: list[UpgradeWish]


class UpgradeCodeShown(Answer):
    """The code that lets an upgrade through, for a person's eyes."""

    id: Id
    code: Annotated[str, Field(examples=["K7QM-2VXD"])]
    expires_at: Time


class KeyMade(Answer):
    """A key with its secret, which is shown this once; `api_key` is `key` once more."""

    id: Id
    prefix: Prefix
    key: Secret
    api_key: Secret


class KeyShown(Answer):
    """A key without its secret."""

    id: Id
    prefix: Prefix
    name: KeyName
    holder: KeyName
    scopes: list[Annotated[str, Field(examples=["send"])]]
    test: IsIt
    is_active: Annotated[bool, Field(examples=[True])]
    last_used_at: Time | None


class KeyPage(Page):
    """Keys, newest first, under three names."""

    keys: list[KeyShown]
    api_keys: list[KeyShown]
    data: list[KeyShown]


class PersonMade(Answer):
    """A person who may sign in, with what their authenticator app needs, shown this once."""

    name: PersonName
    roles: Roles
    totp_secret: Annotated[str, Field(examples=["JBSWY3DPEHPK3PXP"])]
    totp_uri: Annotated[str, Field(examples=["otpauth://totp/Gatepost:ada.lovelace?secret=…"])]


class PersonShown(Answer):
    """A person who may sign in, or was shut out at `disabled_at`."""

    name: PersonName
    roles: Roles
    created_at: Time
    disabled_at: Time | None


class PeopleAnswer(Answer):
    """The people who may or might sign in."""

    people: list[PersonShown]


class PersonDone(Answer):
    """What was done to a person, in `status`."""

    name: PersonName
    status: Annotated[str, Field(examples=["disabled"])]


class WebhookAnswer(Answer):
    """A receiver of events; the secret only when it is made or looked at by itself."""

    id: Id
    url: Receiver
    events: list[EventName]
    mailbox_id: Id | None
    created_at: Time
    signing_secret: Annotated[str, Field(examples=["whsec_…"])] = ""


class WebhookPage(Page):
    """The receivers of events, under three names, without their secrets."""

    subscriptions: list[WebhookAnswer]
    webhooks: list[WebhookAnswer]
    data: list[WebhookAnswer]


class WebhookDelivery(Answer):
    """What a receiver was or is to be told, and how that went."""

    id: Id
    webhook_id: Id
    event_type: EventName
    email_id: Id
    url: Receiver
    status: Annotated[
        str, Field(description="pending, delivered or failed", examples=["delivered"])
    ]
    attempts: Count
    response_status: Annotated[int, Field(examples=[204])] | None
    problem: Word | None
    created_at: Time
    last_attempt_at: Time | None
    next_attempt_at: Time | None


class WebhookDeliveryPage(Page):
    """What receivers were or are to be told, newest first."""

    deliveries: list[WebhookDelivery]
