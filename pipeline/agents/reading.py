"""The tools by which an agent reads what came."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Annotated, Any, Literal

from mcp_types import ToolAnnotations
from pydantic import Field

from pipeline.agents.desk import Answer, Desk, EmailId, Mailbox, only, quoted, said

__all__ = ["ReadingTools"]

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=True)
_WORDS = ("from", "to", "cc", "subject", "thread_id")  # a thread is named by who began it
_KNOWN = ("id", "mailbox_id", "direction", "status", "received_at", "has_attachments")
_POLL_SECONDS = 2.0

Status = Literal["unread", "read", "spam_flagged"]


class ReadingTools:
    """Lists and reads, at `desk`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_mailboxes(self) -> Answer:
        """List the mailboxes, with the mode of oversight that each is under."""
        boxes = await self._desk.mailboxes()
        shown = ("id", "address", "display_name", "oversight_mode", "purpose")
        return [said({"mailboxes": [only(one, shown) for one in boxes]})]

    async def check_inbox(
        self,
        mailbox: Mailbox = None,
        status: Annotated[Status | None, Field(description="Only messages that are this.")] = None,
        sender: Annotated[str | None, Field(description="Part of the sender's address.")] = None,
        subject_contains: str | None = None,
        since_id: Annotated[str | None, Field(description="Only messages after this one.")] = None,
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
        cursor: str | None = None,
    ) -> Answer:
        """List received messages, latest first, without their bodies. Read one with read_email.

        What waits for a person's look is listed without its words.
        """
        box = await self._desk.box(mailbox)
        found = await self._desk.client.get(
            "v1", "mailboxes", box["id"], "emails",
            query={
                "direction": "inbound", "status": status, "sender": sender,
                "subject_contains": subject_contains, "since_id": since_id, "limit": limit,
                "cursor": cursor,
            },
        )  # fmt: skip
        return _listed(found["emails"], {"mailbox": box["address"], "cursor": found.get("cursor")})

    async def wait_for_email(
        self,
        mailbox: Mailbox = None,
        since_id: Annotated[str | None, Field(description="Only messages after this one.")] = None,
        sender: str | None = None,
        timeout_seconds: Annotated[int, Field(ge=1, le=120)] = 30,
    ) -> Answer:
        """Wait for a new received message, and list what came; nothing when the time is over."""
        box = await self._desk.box(mailbox)
        query = {"direction": "inbound", "sender": sender, "limit": 20}
        if since_id is None:
            latest = await self._desk.client.get(
                "v1", "mailboxes", box["id"], "emails", query={"direction": "inbound", "limit": 1}
            )
            since_id = latest["emails"][0]["id"] if latest["emails"] else None
        end = monotonic() + timeout_seconds
        while True:
            found = await self._desk.client.get(
                "v1", "mailboxes", box["id"], "emails", query={**query, "since_id": since_id}
            )
            if found["emails"] or monotonic() + _POLL_SECONDS > end:
                return _listed(found["emails"], {"found": bool(found["emails"])})
            await asyncio.sleep(_POLL_SECONDS)

    async def read_email(self, email_id: EmailId, mailbox: Mailbox = None) -> Answer:
        """Read one message; a received one counts as read from now on.

        Its words come apart from what the service says, marked as untrusted.
        """
        box = await self._desk.box(mailbox)
        found = await self._desk.client.get("v1", "mailboxes", box["id"], "emails", email_id)
        files = [{"name": one["name"], "size": one.get("size")} for one in found["attachments"]]
        words = {**only(found, _WORDS), "attachments": files, "body": found["markdown"]}
        return [said(only(found, _KNOWN)), quoted(words)]

    async def get_thread(self, thread_id: str, mailbox: Mailbox = None) -> Answer:
        """List the messages of a conversation, oldest first, without their bodies."""
        box = await self._desk.box(mailbox)
        found = await self._desk.client.get("v1", "mailboxes", box["id"], "threads", thread_id)
        known = only(found, ("message_count", "has_unanswered_inbound"))
        return _listed(found["emails"], known)

    def table(self) -> Sequence[tuple[Callable[..., Any], ToolAnnotations]]:
        """Every tool, with what it does to the world."""
        return (
            (self.list_mailboxes, _READS),
            (self.check_inbox, _READS),
            (self.wait_for_email, _READS),
            (self.read_email, _READS),
            (self.get_thread, _READS),
        )


def _listed(emails: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> Answer:
    trusted = {**told, "emails": [only(one, _KNOWN) for one in emails]}
    if not emails:
        return [said(trusted)]
    words = [{"id": one["id"], **only(one, _WORDS)} for one in emails]
    return [said(trusted), quoted(words)]
