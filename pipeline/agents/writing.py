"""The tools by which an agent writes, answers, takes back, and asks what became of it.

There is deliberately no tool that approves, lists what waits for people, upgrades a mailbox, or
handles keys and codes: what does not exist cannot be talked into being used.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from mcp_types import ToolAnnotations
from pydantic import Field

from pipeline.agents.desk import Answer, Desk, EmailId, Mailbox, only, quoted, said
from pipeline.agents.explaining import explained

__all__ = ["WritingTools"]

_ASKS = ToolAnnotations(read_only_hint=True, open_world_hint=True)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
_TAKES_BACK = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True)

People = Annotated[
    list[str], Field(description="Addresses, as local@domain or Name <local@domain>.")
]
SomePeople = Annotated[list[str] | None, Field(description="Addresses.")]
Once = Annotated[
    str | None,
    Field(description="A text of your own, new for each message: a repeated call sends once."),
]


class WritingTools:
    """Hands messages in and follows them, at `desk`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

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
        box = await self._desk.box(mailbox)
        body = {
            "from": box["address"], "to": to, "subject": subject, "text": text, "html": html,
            "cc": cc, "bcc": bcc, "tags": tags, "send_at": send_at,
        }  # fmt: skip
        sent = await self._desk.client.post(
            "v1", "emails", body=body, idempotency_key=idempotency_key
        )
        return await self._told(sent["id"])

    async def reply_email(
        self,
        email_id: EmailId,
        text: Annotated[str, Field(description="The answer as markdown or plain text.")],
        mailbox: Mailbox = None,
        cc: SomePeople = None,
        idempotency_key: Once = None,
    ) -> Answer:
        """Answer a received message, in its conversation; the policy decides as for any other.

        An answer that is held waits for a person and is not lost: do not send it again, under
        other words neither. Tell whoever you work for that a person decides, and go on.
        """
        box = await self._desk.box(mailbox)
        sent = await self._desk.client.post(
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
        box = await self._desk.box(mailbox)
        body = {
            "from": box["address"], "to": to, "subject": subject, "text": text, "html": html,
            "tags": tags, "in_reply_to": in_reply_to,
        }  # fmt: skip
        judged = await self._desk.client.post("v1", "decisions", body=body)
        return [said(explained({**judged, "status": None}))]

    async def email_status(self, email_id: EmailId) -> Answer:
        """Say what became of a message that was handed in, and what happens next.

        One that is held waits for a person, which may take hours: ask now and then, and do other
        work meanwhile.
        """
        return await self._told(email_id)

    async def cancel_message(self, email_id: EmailId) -> Answer:
        """Take back a message of your own that has not left yet."""
        await self._desk.client.post("v1", "emails", email_id, "cancel")
        return await self._told(email_id)

    async def _told(self, email_id: str) -> Answer:
        message = await self._desk.client.get("v1", "emails", email_id)
        people = message.get("recipients") or []
        settled = [only(one, ("address", "outcome")) for one in people]
        if not any(one["outcome"] != "pending" for one in settled):
            return [said(explained(message))]
        return [said(explained(message)), quoted(settled)]  # an address may be a stranger's

    def table(self) -> Sequence[tuple[Callable[..., Any], ToolAnnotations]]:
        """Every tool, with what it does to the world."""
        return (
            (self.send_email, _WRITES),
            (self.reply_email, _WRITES),
            (self.preview_email, _ASKS),
            (self.email_status, _ASKS),
            (self.cancel_message, _TAKES_BACK),
        )
