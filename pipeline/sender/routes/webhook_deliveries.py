"""What receivers of webhooks were told, and telling it again."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import RowMapping

from pipeline.sender.answers import Done, WebhookDeliveryPage, answer
from pipeline.sender.authentication import Admin, person
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.store.webhook_deliveries import list_deliveries, replay

router = APIRouter(prefix="/v1/webhook-deliveries", tags=["webhook deliveries"])


@router.get("", responses=answer(WebhookDeliveryPage))
async def listing(
    key: Admin, service: Serving, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """What receivers were or are to be told, newest first."""
    rows = await service.store.read(
        lambda connection: list_deliveries(connection, before=cursor, limit=limit)
    )
    return page([_shown(row) for row in rows], limit, rows[-1]["id"] if rows else "", "deliveries")


@router.post("/{delivery_id}/replay", status_code=202, responses=answer(Done, 202))
async def again(delivery_id: str, key: Admin, service: Serving) -> dict[str, Any]:
    """Tell a receiver once more, with all attempts, under the same `webhook-id`."""
    await service.store.write(lambda connection: replay(connection, delivery_id, person(key)))
    return {"id": delivery_id, "status": "pending"}


def _shown(row: RowMapping) -> dict[str, Any]:
    last = row["last_attempt_at"]
    return {
        "id": row["id"],
        "webhook_id": row["subscription"],
        "event_type": row["event"],
        "email_id": row["message"],
        "url": row["url"],
        **{name: row[name] for name in ("status", "attempts", "response_status", "problem")},
        "created_at": time_text(row["created_at"]),
        "last_attempt_at": time_text(last) if last else None,
        "next_attempt_at": time_text(row["next_at"]) if row["status"] == "pending" else None,
    }
