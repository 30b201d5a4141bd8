"""From a request and what is known to a judgement and the draft that follows from it.

No I/O: what is needed was read before. The same work is done for a new message, for one that has
to be decided anew, and for a question that sends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.mail.addresses import Mailbox
from pipeline.mail.composing import Additions, ComposingError, Draft, DraftAttachment, completed
from pipeline.mail.scanning import Content, scan
from pipeline.sender.gate import Gate, Judgement
from pipeline.sender.known import Known
from pipeline.sender.outbound_facts import Outbound, own_facts
from pipeline.sender.requests import EmailRequest
from pipeline.sender.settings import Settings
from pipeline.store.mailboxes import StoredMailbox
from pipeline.store.messages import Decided, Envelope
from policy.modes import Mode
from policy.rules import CopyTo, ObligationName

__all__ = ["Author", "JudgedDraft", "Prepared", "judge", "kind_of"]

_VERSIONS = ("facts", "content", "policy")


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message: `kind` is agent, person or system; a `test` is never handed over."""

    key: str
    holder: str
    kind: str
    test: bool = False


@dataclass(frozen=True, slots=True)
class JudgedDraft:
    """A judged message, its envelope, and the draft of which its bytes are to be made."""

    judgement: Judgement
    envelope: Envelope
    draft: Draft


@dataclass(frozen=True, slots=True)
class Prepared:
    """A judged message, its envelope, and its bytes as they would leave."""

    judgement: Judgement
    envelope: Envelope
    mime: bytes = field(repr=False)

    def decided(self, versions: Mapping[str, int]) -> Decided:
        """The decision as the store puts it into force for these versions."""
        judgement = self.judgement
        limit = judgement.hold_limit
        return Decided(
            mode=int(judgement.mode),
            approvals_due=sum(judgement.approvals.values()) or 1,
            seen={name: versions[name] for name in _VERSIONS},
            judgement=judgement.as_json(),
            envelope=self.envelope,
            mime=self.mime,
            team=judgement.team,
            undo_seconds=judgement.undo_seconds,
            hold_seconds=limit.seconds if limit else None,
            escalates=limit is not None and limit.then == "escalate",
            tags=sorted(judgement.tags),
        )


def kind_of(request: EmailRequest, mailbox: StoredMailbox) -> str:
    """Why the message is written, when the request does not say."""
    if request.kind:
        return request.kind
    if request.in_reply_to:
        return "reply"
    return "marketing" if mailbox.purpose == "marketing" else "transactional"


def judge(
    request: EmailRequest,
    author: Author,
    known: Known,
    gate: Gate,
    settings: Settings,
    *,
    message_id: str,
    at: datetime,
    leaves: datetime,
    unsubscribe_url: str = "",
    marked_fraud: bool = False,
) -> JudgedDraft:
    """Judge `request`, and complete its draft as the policy obliges; `at` becomes its Date.

    `leaves` is the earliest time at which it can leave; the facts of time are about it.

    Raises FactError for a fact that this author may not state, ComposingError when an obligation
    cannot be met.
    """
    attachments = tuple(
        DraftAttachment(file.filename, file.content_type, file.data) for file in request.attachments
    )
    content = scan(
        Content(
            subject=request.subject,
            text=request.text,
            html=request.html,
            headers=request.headers,
            attachments=tuple((file.name, file.data) for file in attachments),
            display_names=tuple(
                box.name
                for box in (
                    request.sender,
                    *(box for box, _ in request.recipients),
                    *request.reply_to,
                )
            ),
            answers_to=tuple(box.address for box in request.reply_to),
        ),
        own_domains=(known.mailbox.address.rpartition("@")[2], *settings.own_domains),
        postal_address=settings.postal_address,
    )
    outbound = Outbound(
        kind=kind_of(request, known.mailbox),
        author=author.kind,
        intent=request.intent,
        tags=frozenset(request.tags) & gate.tags,
        subject=request.subject,
        recipients=len(known.people),
        content=content,
        labels=gate.labels(request.subject, content.text, content.hidden),
        stated=own_facts(request.facts, author.kind, gate.policy.vocabulary),
    )
    judgement = gate.judge(
        outbound, known.people, known.mailbox, known.thread,
        leaves.astimezone(settings.zone), settings.business_hours,
        listed=known.listed, marked_fraud=marked_fraud,
    )  # fmt: skip
    draft = _draft(request, known, attachments, message_id, at)
    if judgement.mode is not Mode.BLOCKED:
        draft = completed(draft, _additions(judgement, settings, unsubscribe_url))
    envelope = Envelope(
        sender=known.mailbox.address,
        recipients=tuple(box.address for box, _ in request.recipients),
        copies=_copies(judgement, known.mailbox),
    )
    return JudgedDraft(judgement, envelope, draft)


def _draft(
    request: EmailRequest,
    known: Known,
    attachments: tuple[DraftAttachment, ...],
    message_id: str,
    at: datetime,
) -> Draft:
    return Draft(
        sender=Mailbox(known.mailbox.address, request.sender.name or known.mailbox.display_name),
        to=tuple(request.to),
        cc=tuple(request.cc),
        reply_to=tuple(request.reply_to),
        subject=request.subject,
        text=request.text,
        html=request.html,
        message_id=message_id,
        date=at,
        in_reply_to=request.in_reply_to or "",
        references=known.references,
        headers=tuple(request.headers.items()),
        attachments=attachments,
    )


def _additions(judgement: Judgement, settings: Settings, unsubscribe_url: str) -> Additions:
    unsubscribe = judgement.wants(ObligationName.UNSUBSCRIBE)
    postal_address = judgement.wants(ObligationName.POSTAL_ADDRESS)
    if unsubscribe and not unsubscribe_url:
        raise ComposingError(
            "the policy asks for a way to unsubscribe, and this service has no public address",
            "set GATEPOST_PUBLIC_URL to the https address under which people reach it",
        )
    if postal_address and not settings.postal_address:
        raise ComposingError(
            "the policy asks for the shop's postal address, and none is set",
            "set GATEPOST_POSTAL_ADDRESS",
        )
    label = judgement.wants(ObligationName.ADVERTISEMENT_LABEL)
    return Additions(
        unsubscribe_url=unsubscribe_url if unsubscribe else "",
        postal_address=settings.postal_address if postal_address else "",
        advertisement_label=settings.advertisement_label if label else "",
        redact_card_numbers=judgement.wants(ObligationName.REDACT_CARD_NUMBERS),
    )


def _copies(judgement: Judgement, mailbox: StoredMailbox) -> tuple[str, ...]:
    """Who gets a copy. A monitored message owes one to oversight only if there is an address."""
    oversight = mailbox.oversight_address or mailbox.forward_to
    asked = {one.address for one in judgement.obligations if isinstance(one, CopyTo)}
    if "oversight" in asked and oversight is None:
        raise ComposingError(
            "the policy asks for a copy to oversight, and the mailbox has no such address",
            "give the mailbox an `oversight_address`",
        )
    found = asked - {"oversight"}
    if oversight and ("oversight" in asked or judgement.mode is Mode.MONITORED):
        found.add(oversight)
    return tuple(sorted(found))
