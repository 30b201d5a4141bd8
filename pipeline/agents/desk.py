"""What every tool works at: the service, the mailbox it means, and the two kinds of words."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from mcp_types import TextContent
from pydantic import Field

from pipeline.agents.service_client import ServiceClient, ServiceError
from pipeline.agents.untrusted import shown_apart

__all__ = ["Answer", "Desk", "EmailId", "Mailbox", "only", "quoted", "said"]

Answer = list[TextContent]
"""What a tool returns: what the service says, then what strangers wrote, if anything."""

Mailbox = Annotated[
    str | None,
    Field(description="Address or id of the mailbox; needed only when there are several."),
]
EmailId = Annotated[str, Field(description="The email_id that another tool returned.")]


class Desk:
    """The service that `client` speaks to; `mailbox` is used when a tool is given none."""

    def __init__(self, client: ServiceClient, mailbox: str | None = None) -> None:
        self.client = client
        self._mailbox = mailbox

    async def mailboxes(self) -> Sequence[dict[str, Any]]:
        """Every mailbox that the key sees."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.client.get("v1", "mailboxes", query={"cursor": cursor, "limit": 100})
            found += page["mailboxes"]
            cursor = page.get("cursor")
            if not cursor:
                return found

    async def box(self, named: str | None) -> dict[str, Any]:
        """The mailbox that is meant; raises ServiceError, which names those there are."""
        wanted = (named or self._mailbox or "").casefold()
        boxes = await self.mailboxes()
        if not wanted and len(boxes) == 1:
            return boxes[0]
        for one in boxes:
            if wanted in (one["id"], one["address"].casefold()):
                return one
        known = ", ".join(one["address"] for one in boxes) or "none yet"
        problem = f"there is no mailbox {named or self._mailbox}" if wanted else "which mailbox?"
        raise ServiceError(f"{problem} The mailboxes are: {known}")


def only(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The named parts of `found` that are there."""
    return {name: found[name] for name in names if found.get(name) is not None}


def said(content: Mapping[str, Any]) -> TextContent:
    """What the service itself says."""
    return TextContent(type="text", text=json.dumps(content, ensure_ascii=False, indent=1))


def quoted(content: Mapping[str, object] | Sequence[Mapping[str, object]]) -> TextContent:
    """What strangers wrote, set apart."""
    return TextContent(type="text", text=shown_apart(content))
