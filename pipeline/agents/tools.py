"""The tools of an agent: read what came, write, answer, take back, ask what became of it.

There is deliberately no tool that approves, lists what waits for people, upgrades a mailbox, or
handles keys and codes: what does not exist cannot be talked into being used.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Annotated, Any, Literal

from mcp_types import TextContent, ToolAnnotations
from pydantic import Field

from pipeline.agents.explaining import explained
from pipeline.agents.service_client import ServiceClient, ServiceError
from pipeline.agents.untrusted import shown_apart

__all__ = ["READS", "TAKES_BACK", "WRITES", "AgentTools"]

READS = ToolAnnotations(read_only_hint=True, open_world_hint=True)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
TAKES_BACK = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True)

Mailbox = Annotated[
    str | None,
    Field(description="Address or id of the mailbox; needed only when there are several."),
]
People = Annotated[
    list[str], Field(description="Addresses, as local@domain or Name <local@domain>.")
]
SomePeople = Annotated[list[str] | None, Field(description="Addresses.")]
Once = Annotated[
    str | None,
    Field(description="A text of your own, new for each message: a repeated call sends once."),
]
EmailId = Annotated[str, Field(description="The email_id that another tool returned.")]
Status = Literal["unread", "read", "spam_flagged"]

_WORDS = ("from", "to", "cc", "subject", "thread_id")  # a thread is named by who began it
_KNOWN = ("id", "mailbox_id", "direction", "status", "received_at", "has_attachments")
_POLL_SECONDS = 2.0

Answer = list[TextContent]


class AgentTools:
    """The tools, over the service that `client` speaks to; `mailbox` is used when none is named."""

    def __init__(self, client: ServiceClient, mailbox: str | None = None) -> None:
        self._client = client
        self._mailbox = mailbox

    async def list_mailboxes(self) -> Answer:
        """List the mailboxes, with the mode of oversight that each is under."""
        boxes = await self._mailboxes()
        shown = ("id", "address", "display_name", "oversight_mode", "purpose")
        return [_said({"mailboxes": [_only(one, shown) for one in boxes]})]

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
        box = await self._box(mailbox)
        found = await self._client.get(
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
        box = await self._box(mailbox)
        query = {"direction": "inbound", "sender": sender, "limit": 20}
        if since_id is None:
            latest = await self._client.get(
                "v1", "mailboxes", box["id"], "emails", query={"direction": "inbound", "limit": 1}
            )
            since_id = latest["emails"][0]["id"] if latest["emails"] else None
        end = monotonic() + timeout_seconds
        while True:
            found = await self._client.get(
                "v1", "mailboxes", box["id"], "emails", query={**query, "since_id": since_id}
            )
            if found["emails"] or monotonic() + _POLL_SECONDS > end:
                return _listed(found["emails"], {"found": bool(found["emails"])})
            await asyncio.sleep(_POLL_SECONDS)

    async def read_email(self, email_id: EmailId, mailbox: Mailbox = None) -> Answer:
        """Read one message; a received one counts as read from now on.

        Its words come apart from what the service says, marked as untrusted.
        """
        box = await self._box(mailbox)
        found = await self._client.get("v1", "mailboxes", box["id"], "emails", email_id)
        files = [{"name": one["name"], "size": one.get("size")} for one in found["attachments"]]
        words = {**_only(found, _WORDS), "attachments": files, "body": found["markdown"]}
        return [_said(_only(found, _KNOWN)), _quoted(words)]

    async def get_thread(self, thread_id: str, mailbox: Mailbox = None) -> Answer:
        """List the messages of a conversation, oldest first, without their bodies."""
        box = await self._box(mailbox)
        found = await self._client.get("v1", "mailboxes", box["id"], "threads", thread_id)
        known = _only(found, ("message_count", "has_unanswered_inbound"))
        return _listed(found["emails"], known)

    async def send_email(
        self,
        to: People,
        subject: str,
        text: Annotated[str, Field(description="The body as plain text.")],
        mailbox: Mailbox = None,
        html: Annotated[str | None, Field(description="The same body as HTML.")] = None,
        cc: SomePeople = None,
        bcc: SomePeople = None,
        tags: Annotated[list[str] | None, Field(description="What you know about it.")] = None,
        send_at: Annotated[str | None, Field(description="Not before that time, RFC 3339.")] = None,
        idempotency_key: Once = None,
    ) -> Answer:
        """Hand in a new message. The policy decides whether it is sent, held or blocked.

        The answer says which, by which rule, and what happens next. A held message is not lost: do
        not send it again.
        """
        box = await self._box(mailbox)
        body = {
            "from": box["address"], "to": to, "subject": subject, "text": text, "html": html,
            "cc": cc, "bcc": bcc, "tags": tags, "send_at": send_at,
        }  # fmt: skip
        sent = await self._client.post("v1", "emails", body=body, idempotency_key=idempotency_key)
        return await self._told(sent["id"])

    async def reply_email(
        self,
        email_id: EmailId,
        text: Annotated[str, Field(description="The answer as markdown or plain text.")],
        mailbox: Mailbox = None,
        cc: SomePeople = None,
        idempotency_key: Once = None,
    ) -> Answer:
        """Answer a received message, in its conversation; decided like any other."""
        box = await self._box(mailbox)
        sent = await self._client.post(
            "v1", "mailboxes", box["id"], "reply", email_id,
            body={"markdown": text, "cc": cc}, idempotency_key=idempotency_key,
        )  # fmt: skip
        return await self._told(sent["id"])

    async def preview_email(
        self,
        to: People,
        subject: str,
        text: str,
        mailbox: Mailbox = None,
        html: str | None = None,
        tags: list[str] | None = None,
        in_reply_to: Annotated[
            str | None, Field(description="Message-ID of the message it answers.")
        ] = None,
    ) -> Answer:
        """Ask what would become of a message, and by which rule; nothing is sent or kept."""
        box = await self._box(mailbox)
        body = {
            "from": box["address"], "to": to, "subject": subject, "text": text, "html": html,
            "tags": tags, "in_reply_to": in_reply_to,
        }  # fmt: skip
        judged = await self._client.post("v1", "decisions", body=body)
        return [_said(explained({**judged, "status": None}))]

    async def email_status(self, email_id: EmailId) -> Answer:
        """Say what became of a message that was handed in, and what happens next."""
        return await self._told(email_id)

    async def cancel_message(self, email_id: EmailId) -> Answer:
        """Take back a message of your own that has not left yet."""
        await self._client.post("v1", "emails", email_id, "cancel")
        return await self._told(email_id)

    async def _told(self, email_id: str) -> Answer:
        message = await self._client.get("v1", "emails", email_id)
        people = message.get("recipients") or []
        settled = [_only(one, ("address", "outcome")) for one in people]
        if not any(one["outcome"] != "pending" for one in settled):
            return [_said(explained(message))]
        return [_said(explained(message)), _quoted(settled)]  # an address may be a stranger's

    async def _mailboxes(self) -> Sequence[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self._client.get("v1", "mailboxes", query={"cursor": cursor, "limit": 100})
            found += page["mailboxes"]
            cursor = page.get("cursor")
            if not cursor:
                return found

    async def _box(self, named: str | None) -> dict[str, Any]:
        wanted = (named or self._mailbox or "").casefold()
        boxes = await self._mailboxes()
        if not wanted and len(boxes) == 1:
            return boxes[0]
        for one in boxes:
            if wanted in (one["id"], one["address"].casefold()):
                return one
        known = ", ".join(one["address"] for one in boxes) or "none yet"
        problem = f"there is no mailbox {named or self._mailbox}" if wanted else "which mailbox?"
        raise ServiceError(f"{problem} The mailboxes are: {known}")

    def table(self) -> Sequence[tuple[Callable[..., Any], ToolAnnotations]]:
        """Every tool, with what it does to the world."""
        return (
            (self.list_mailboxes, READS),
            (self.check_inbox, READS),
            (self.wait_for_email, READS),
            (self.read_email, READS),
            (self.get_thread, READS),
            (self.send_email, WRITES),
            (self.reply_email, WRITES),
            (self.preview_email, READS),
            (self.email_status, READS),
            (self.cancel_message, TAKES_BACK),
        )


def _listed(emails: Sequence[Mapping[str, Any]], said: Mapping[str, Any]) -> Answer:
    trusted = {**said, "emails": [_only(one, _KNOWN) for one in emails]}
    if not emails:
        return [_said(trusted)]
    words = [{"id": one["id"], **_only(one, _WORDS)} for one in emails]
    return [_said(trusted), _quoted(words)]


def _only(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) is not None}


def _said(content: Mapping[str, Any]) -> TextContent:
    return TextContent(type="text", text=json.dumps(content, ensure_ascii=False, indent=1))


def _quoted(content: Mapping[str, object] | Sequence[Mapping[str, object]]) -> TextContent:
    return TextContent(type="text", text=shown_apart(content))
