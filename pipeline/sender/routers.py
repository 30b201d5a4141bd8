"""All routes, in the order in which they are tried: a fixed path before one with a place in it.

What is asked for most comes first, since each router that is tried before costs some 20 us.
"""

from fastapi import APIRouter

from pipeline.sender.multimail import account, aliases, attachments, elsewhere, tags
from pipeline.sender.multimail import emails as mailbox_emails
from pipeline.sender.multimail import sending as mailbox_sending
from pipeline.sender.routes import (
    allowlist,
    batches,
    cases,
    channels,
    consents,
    contacts,
    correcting,
    corrections,
    decisions,
    emails,
    health,
    identity,
    inbound,
    keys,
    mailboxes,
    metrics,
    oversight,
    people,
    preferences,
    privacy,
    records,
    scheduling,
    sending,
    service_state,
    suppression,
    unsubscribe,
    webhook_deliveries,
    webhooks,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        sending,
        aliases,  # before emails: /v1/emails/inbox is no message
        mailboxes, allowlist, emails, batches, scheduling, mailbox_emails, mailbox_sending, tags,
        attachments,
        inbound, decisions, oversight, correcting, corrections, cases, channels, consents,
        people,
        suppression, contacts, privacy, unsubscribe, preferences, keys, webhooks,
        webhook_deliveries, records, account, service_state, identity, health, metrics, elsewhere,
    )
)  # fmt: skip
