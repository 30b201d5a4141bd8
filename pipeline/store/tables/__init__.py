"""The schema, once, for every database: one module a subject, all names importable from here.

Times are whole milliseconds since 1970 UTC. The columns of `message` between the marks are the
fields of `policy.lifecycle`, written only by `execution.execute`; `constraints` makes the database
refuse every other hand. Nothing is ever deleted from `message`, `audit` or `approval`.
"""

from pipeline.store.tables.access import api_key, idempotency, person, session
from pipeline.store.tables.audit import audit, audit_root
from pipeline.store.tables.channels import channel_contact
from pipeline.store.tables.contacts import contact
from pipeline.store.tables.corrections import correction
from pipeline.store.tables.delivery import attempt, sts_policy
from pipeline.store.tables.inbound import delivery_report, inbound_receipt
from pipeline.store.tables.ledger import case, consent, erasure, privacy_request, suppression
from pipeline.store.tables.loosening import allowlist_entry, upgrade_request
from pipeline.store.tables.messages import (
    blob,
    draft_attachment,
    mailbox,
    message,
    message_content,
    recipient,
)
from pipeline.store.tables.notes import message_note, message_tag
from pipeline.store.tables.opt_in import consent_request
from pipeline.store.tables.oversight import approval, edit, shown
from pipeline.store.tables.schema import MESSAGE_FIELDS, SERVICE_FIELDS, metadata
from pipeline.store.tables.service import service
from pipeline.store.tables.webhook_deliveries import webhook_delivery, webhook_progress
from pipeline.store.tables.webhooks import webhook_subscription

__all__ = [
    "MESSAGE_FIELDS", "SERVICE_FIELDS", "allowlist_entry", "api_key", "approval", "attempt",
    "audit", "audit_root", "blob", "case", "channel_contact", "consent", "consent_request",
    "contact", "correction", "delivery_report", "draft_attachment", "edit", "erasure",
    "idempotency", "inbound_receipt", "mailbox", "message", "message_content",
    "message_note", "message_tag",
    "metadata", "person", "privacy_request", "recipient", "service", "session", "shown",
    "sts_policy", "suppression", "upgrade_request", "webhook_delivery", "webhook_progress",
    "webhook_subscription",
]  # fmt: skip
