"""What the routes answer about the service itself: its health, its records, its use."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from pipeline.sender.answers.base import Answer, Page
from pipeline.sender.answers.fields import (
    Count,
    Id,
    IsIt,
    KeyName,
    Milliseconds,
    Rows,
    Sha256,
    Time,
)

__all__ = [
    "AccountAnswer", "DomainsAnswer", "KeySet", "Paused", "Ready", "RecordPage", "Reloaded",
    "StoreExport", "UsageAnswer", "Well",
]  # fmt: skip

PolicyName = Annotated[str, Field(examples=["Corner Shop"])]


class Well(Answer):
    """The process answers."""

    status: Annotated[str, Field(examples=["ok"])]


class PolicyInForce(Answer):
    """The policy that judges; `version` counts how often it was changed."""

    version: Annotated[int, Field(examples=[3])]
    digest: Sha256


class Ready(Answer):
    """The service takes mail; `paused` when a person had it hand nothing over."""

    status: Annotated[str, Field(examples=["ready"])]
    paused: IsIt
    policy: PolicyInForce


class Paused(Answer):
    """Whether the service hands nothing over."""

    paused: Annotated[bool, Field(examples=[True])]


class Reloaded(Answer):
    """The policy in force now; `changed` when it was another one before."""

    policy: PolicyName
    digest: Sha256
    changed: Annotated[bool, Field(examples=[True])]


class WebKey(Answer):
    """A public key (RFC 7517) with the times between which its signatures count."""

    kid: Annotated[str, Field(examples=["2026-11-24-1"])]


class KeySet(Answer):
    """The public keys (RFC 7517) that check the header `Gatepost-Identity`."""

    keys: list[WebKey]


class Record(Answer):
    """A row of the audit log; `hash` seals it and all before it."""

    id: Annotated[str, Field(examples=["1024"])]
    action: Annotated[str, Field(examples=["approve"])]
    resource_type: Annotated[str, Field(examples=["email"])]
    resource_id: Id | None
    actor: Annotated[str, Field(examples=["person"])]
    actor_key_id: KeyName
    metadata: dict[str, Any] = Field(examples=[{"role": "fraud_team"}])
    created_at: Time
    hash: Sha256


class RecordPage(Page):
    """The audit log, latest first."""

    entries: list[Record]


class DayCounted(Answer):
    """How often something happened on a day."""

    date: Annotated[str, Field(examples=["2026-11-24"])]
    event_type: Annotated[str, Field(examples=["email_sent"])]
    count: Count


class UsageAnswer(Answer):
    """What was sent, received and decided; of each day when that was asked for."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    since: Milliseconds = Field(alias="from")
    until: Milliseconds = Field(alias="to")
    emails_sent: Count = 0
    emails_received: Count = 0
    oversight_actions: Count = 0
    api_calls: Count = 0
    breakdown: Annotated[str, Field(examples=["daily"])] = ""
    data: list[DayCounted] = Field(default_factory=list)


class StoreExport(Answer):
    """Everything but secrets and raw bytes, as it stands in the store."""

    exported_at: Time
    mailboxes: Rows
    allowlists: Rows
    contacts: Rows
    suppressions: Rows
    consents: Rows
    cases: Rows
    privacy_requests: Rows
    emails: Rows
    recipients: Rows
    tags: Rows
    edits: Rows


class AccountAnswer(Answer):
    """The service itself; null where there is no limit."""

    name: PolicyName
    plan: Annotated[str, Field(examples=["self_hosted"])]
    physical_address: Annotated[str, Field(examples=["1 Main Street, Springfield"])] | None
    emails_sent_this_month: Count
    storage_used_bytes: Annotated[int, Field(examples=[1_048_576])]
    sending_disabled: IsIt
    sending_disabled_reason: Annotated[str, Field(examples=["a person paused all sending"])] | None


class Domain(Answer):
    """A domain that a mailbox has."""

    id: Annotated[str, Field(examples=["yourstore.example"])]
    domain: Annotated[str, Field(examples=["yourstore.example"])]
    status: Annotated[str, Field(examples=["active"])]
    dkim_signed: Annotated[bool, Field(examples=[True])]


class DomainsAnswer(Answer):
    """The domains that mailboxes have."""

    domains: list[Domain]
