"""What the routes answer about the people who are written to: their wishes and their data."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from pipeline.sender.answers.base import Answer, Page
from pipeline.sender.answers.fields import Address, Count, Id, IsIt, Milliseconds, Rows, Time, Url

__all__ = [
    "ConsentHistory", "ConsentRecorded", "ContactAnswer", "ContactPage", "Erased", "KnownOfPerson",
    "OptInAnswer", "PrivacyRequestAnswer", "PrivacyRequestClosed", "PrivacyRequestsDue",
    "Suppressed", "SuppressionPage", "Unsuppressed",
]  # fmt: skip

Consent = Annotated[
    str, Field(description="explicit, soft, none or withdrawn", examples=["explicit"])
]
Reason = Annotated[
    str, Field(description="unsubscribed, complained, bounced or manual", examples=["bounced"])
]


class ContactAnswer(Answer):
    """A person who is kept by name."""

    id: Id
    name: Annotated[str, Field(examples=["Ada Lovelace"])]
    email: Address
    tags: list[Annotated[str, Field(examples=["wholesale"])]]
    created_at: Milliseconds


class ContactPage(Page):
    """Contacts, oldest first."""

    contacts: list[ContactAnswer]


class Suppressed(Answer):
    """An address that gets nothing unasked from now on, and why."""

    address: Address
    reason: Reason


class Unsuppressed(Answer):
    """An address that was taken off the list."""

    address: Address
    status: Annotated[str, Field(examples=["removed"])]


class Suppression(Answer):
    """An address that gets nothing unasked."""

    email_address: Address
    reason: Reason
    created_at: Time


class SuppressionPage(Page):
    """The suppression list, by address."""

    suppressions: list[Suppression]


class ConsentRecorded(Answer):
    """What a person said of advertising, as the ledger has it now."""

    address: Address
    status: Consent


class ConsentEntry(Answer):
    """What a person said once, with what a supervisor will ask for (GDPR art. 7(1))."""

    status: Consent
    region: Annotated[str, Field(examples=["eu"])] | None
    evidence: dict[str, Any] = Field(examples=[{"how": "checkout", "wording": "2026-03"}])
    at: Time


class ConsentHistory(Answer):
    """What a person said about advertising, latest first."""

    address: Address
    consents: list[ConsentEntry]


class OptInAnswer(Answer):
    """The links for one person: to confirm, and to their own page."""

    id: Id
    confirm_url: Url
    preferences_url: Url
    expires_at: Time


class PrivacyRequestAnswer(Answer):
    """What a person asked for about their data, and by when the law wants an answer."""

    id: Id
    address: Address
    kind: Annotated[str, Field(description="access, erasure or stop", examples=["access"])]
    law: Annotated[str, Field(description="gdpr, ccpa or can_spam", examples=["gdpr"])]
    received_at: Time
    due_at: Time
    overdue: IsIt


class PrivacyRequestsDue(RootModel[list[PrivacyRequestAnswer]]):
    """What people asked for and was not answered yet, the most urgent first."""


class PrivacyRequestClosed(Answer):
    """How a request was answered."""

    id: Id
    outcome: Annotated[
        str, Field(description="answered, refused or withdrawn", examples=["answered"])
    ]


class KnownOfPerson(Answer):
    """All that is kept about a person, as it stands in the store; times are ms since 1970."""

    address: Address
    messages: Rows
    consents: Rows
    suppression: Rows
    cases: Rows
    requests: Rows
    consent_requests: Rows
    contacts: Rows


class Erased(Answer):
    """How many messages lost their content."""

    messages_erased: Annotated[Count, Field(examples=[12])]
