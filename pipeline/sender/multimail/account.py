"""The account: here, the service itself. Its settings stand in its environment, not in a form."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection, select

from pipeline.sender.answers import AccountAnswer, DomainsAnswer, answer
from pipeline.sender.authentication import Admin, Reader
from pipeline.sender.service import Serving
from pipeline.store.execution import now_ms
from pipeline.store.mailboxes import list_mailboxes
from pipeline.store.tables import service as service_table
from pipeline.store.usage import bytes_kept, counted

router = APIRouter(prefix="/v1", tags=["account"])

_MONTH_MS = 30 * 86_400_000
_ALL = 1_000_000


@router.get("/account", responses=answer(AccountAnswer))
async def account(key: Reader, service: Serving) -> dict[str, Any]:
    """Who runs this service and what is in it; null where there is no limit."""
    settings = service.settings

    def look(connection: Connection) -> dict[str, Any]:
        row = connection.execute(select(service_table)).mappings().one()
        paused = bool(row["paused"])
        name = settings.operator or service.acceptance.gate.policy.name
        return {
            "id": row["policy_digest"][:26],
            "name": name,
            "slug": None,
            "plan": "self_hosted",
            "oversight_email": None,
            "physical_address": settings.postal_address or None,
            "monthly_email_quota": None,
            "emails_sent_this_month": counted(connection, now_ms() - _MONTH_MS, now_ms())[
                "emails_sent"
            ],
            "max_mailboxes": None,
            "storage_used_bytes": bytes_kept(connection),
            "max_storage_bytes": None,
            "is_active": True,
            "sending_disabled": paused,
            "sending_disabled_reason": "a person paused all sending" if paused else None,
            "account": {"name": name},
        }

    return await service.store.read(look)


@router.get("/domains", responses=answer(DomainsAnswer))
async def domains(key: Admin, service: Serving) -> dict[str, Any]:
    """The domains that mailboxes have; `gatepost doctor` checks their DNS records."""
    boxes = await service.store.read(
        lambda connection: list_mailboxes(connection, after="", limit=_ALL)
    )
    signed = {name.partition("._domainkey.")[2] for name in service.settings.dkim_keys}
    names = sorted({box.address.rpartition("@")[2] for box in boxes})
    return {
        "domains": [
            {"id": name, "domain": name, "status": "active", "dkim_signed": name in signed}
            for name in names
        ]
    }
