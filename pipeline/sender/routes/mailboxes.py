"""Mailboxes: the shop's own addresses and how each is watched over."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from uuid_utils import uuid7

from pipeline.mail.addresses import AddressError, Mailbox, parse_mailbox
from pipeline.sender.answers import Done, MailboxAnswer, MailboxPage, answer
from pipeline.sender.authentication import Admin, Reader, Writer, demand_person, person
from pipeline.sender.mailbox_requests import (
    MailboxChange,
    MailboxRequest,
    UpgradeCode,
    UpgradeRequest,
)
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import ProblemError, field_problem
from pipeline.sender.service import Service, Serving
from pipeline.store.execution import Who, now_ms
from pipeline.store.keys import Key
from pipeline.store.mailboxes import (
    MailboxExistsError,
    StoredMailbox,
    add_mailbox,
    change_mailbox,
    delete_mailbox,
    list_mailboxes,
    mailbox_in_use,
)
from pipeline.store.upgrades import (
    TooManyRequestsError,
    UpgradeError,
    ask_for_upgrade,
    is_freer,
    upgrade,
)
from policy.lifecycle import Actor

router = APIRouter(prefix="/v1/mailboxes", tags=["mailboxes"])

_COPIES = {"forward_to", "oversight_address", "auto_cc", "auto_bcc"}
_PURPOSES = {
    "orders": ("order", "orders", "shop", "noreply", "no-reply", "notifications", "shipping"),
    "support": ("support", "help", "service", "care", "hello", "contact"),
    "returns": ("returns", "return", "refunds", "rma"),
    "marketing": ("marketing", "news", "newsletter", "offers", "deals"),
    "billing": ("billing", "invoices", "invoice", "accounts", "accounting"),
    "privacy": ("privacy", "dpo", "gdpr", "datenschutz"),
}


@router.post("", status_code=201, responses=answer(MailboxAnswer, 201))
async def create(body: MailboxRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Add a mailbox.

    An address without a domain is one of the domain that all other mailboxes have.
    """
    given = body.address or await _with_domain(service, body.local or "")
    box = StoredMailbox(
        id=str(uuid7()),
        address=given.address,
        display_name=body.display_name or given.name,
        oversight_mode=body.oversight_mode,
        purpose=body.purpose or _purpose_of(given.address),
        forward_to=body.forward_to.address if body.forward_to else None,
        oversight_address=body.oversight_address.address if body.oversight_address else None,
        created_at=now_ms(),
    )
    try:
        await service.store.write(lambda connection: add_mailbox(connection, box, person(key)))
    except MailboxExistsError as error:
        raise ProblemError(
            409, str(error), "use that mailbox, or write another address", field="address"
        ) from None
    return shown(box)


@router.get("", responses=answer(MailboxPage))
async def listing(
    key: Reader, service: Serving, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """The mailboxes, oldest first, a page at a time."""
    boxes = await service.store.read(
        lambda connection: list_mailboxes(connection, after=cursor, limit=limit)
    )
    return page([shown(box) for box in boxes], limit, boxes[-1].id if boxes else "", "mailboxes")


@router.get("/{mailbox_id}", responses=answer(MailboxAnswer))
async def one(mailbox_id: str, key: Reader, service: Serving) -> dict[str, Any]:
    """One mailbox."""
    return shown(
        await service.store.read(lambda connection: mailbox_in_use(connection, mailbox_id))
    )


@router.patch("/{mailbox_id}", responses=answer(MailboxAnswer))
async def change(
    mailbox_id: str, body: MailboxChange, key: Admin, service: Serving
) -> dict[str, Any]:
    """Change settings; what waits in the mailbox is decided anew.

    A stricter mode is in force at once. A freer one goes by `request-upgrade`. Who gets copies is
    a person's to say: an agent could have them sent to itself, or to nobody.
    """
    changes = body.as_columns()
    if not _COPIES.isdisjoint(changes):
        demand_person(key, "says who gets copies")

    def work(connection: Connection) -> None:
        mode = body.oversight_mode
        before = mailbox_in_use(connection, mailbox_id).oversight_mode
        if mode is not None and is_freer(mode, before):
            raise ProblemError(
                403,
                f"{mode} frees the mailbox from oversight, and it is set to {before}",
                f"POST /v1/mailboxes/{mailbox_id}/request-upgrade; a person lets it through",
                rule="a freer mode needs a code that a person has",
            )
        if changes:
            change_mailbox(connection, mailbox_id, changes, person(key))

    await service.store.write(work)
    await service.acceptance.decide_waiting()
    after = await service.store.read(lambda connection: mailbox_in_use(connection, mailbox_id))
    return {**shown(after), "status": "updated"}


@router.patch("/{mailbox_id}/configure", responses=answer(MailboxAnswer))
async def configure(
    mailbox_id: str, body: MailboxChange, key: Admin, service: Serving
) -> dict[str, Any]:
    """The same as PATCH of the mailbox itself."""
    return await change(mailbox_id, body, key, service)


@router.delete("/{mailbox_id}", responses=answer(Done))
async def delete(mailbox_id: str, key: Admin, service: Serving) -> dict[str, Any]:
    """Close a mailbox for good: what waits in it is taken back, its messages stay."""
    await service.store.write(
        lambda connection: delete_mailbox(connection, mailbox_id, person(key))
    )
    return {"id": mailbox_id, "status": "deleted"}


@router.post("/{mailbox_id}/request-upgrade", responses=answer(Done))
async def request_upgrade(
    mailbox_id: str, body: UpgradeRequest, key: Writer, service: Serving
) -> dict[str, Any]:
    """Ask for a freer mode. A person sees the request, and has the code that lets it through."""

    def work(connection: Connection) -> str:
        mailbox_in_use(connection, mailbox_id)
        return ask_for_upgrade(connection, mailbox_id, body.target_mode, _asker(key))

    try:
        identity = await service.store.write(work)
    except UpgradeError as error:
        raise field_problem(
            "target_mode", str(error), "a stricter mode needs no upgrade: PATCH the mailbox"
        ) from None
    except TooManyRequestsError as error:
        raise ProblemError(
            429, str(error), "wait for a person", headers={"Retry-After": str(error.seconds)}
        ) from None
    return {
        "id": identity,
        "status": "upgrade_requested",
        "message": "A person has to let it through; the code is shown to people only.",
    }


@router.post("/{mailbox_id}/upgrade", responses=answer(MailboxAnswer))
async def apply_upgrade(
    mailbox_id: str, body: UpgradeCode, key: Writer, service: Serving
) -> dict[str, Any]:
    """Put the mode that was asked for into force, with the code that a person gave."""

    def work(connection: Connection) -> bool:
        mailbox_in_use(connection, mailbox_id)
        return upgrade(connection, mailbox_id, body.code, _asker(key))

    if not await service.store.write(work):
        raise ProblemError(
            403,
            "this is not the code, or it has run out",
            "ask the person for the newest one; after five wrong codes ask for the upgrade again",
        )
    await service.acceptance.decide_waiting()
    after = await service.store.read(lambda connection: mailbox_in_use(connection, mailbox_id))
    return {**shown(after), "status": "upgraded"}


def shown(box: StoredMailbox) -> dict[str, Any]:
    """A mailbox as the API shows it: with what is the same for all of them, under known names."""
    return {
        **{name: getattr(box, name) for name in StoredMailbox.__slots__},
        "signature_block": box.signature or None,
        "is_active": 1,
        "ai_disclosure": 1,
        "mcp_configured": 1,
        "scheduling_enabled": 1,
        "default_gate_timing": "gate_first",
        "forward_inbound": 0,
        "webhook_url": None,
        "oversight_webhook_url": None,
    }


def _asker(key: Key) -> Who:
    return Who(Actor.AUTHOR, key.holder)


async def _with_domain(service: Service, local: str) -> Mailbox:
    """The address `local` at the one domain that is in use; raises ProblemError."""
    boxes = await service.store.read(
        lambda connection: list_mailboxes(connection, after="", limit=100)
    )
    domains = {box.address.rpartition("@")[2] for box in boxes}
    if len(domains) != 1:
        raise field_problem(
            "address", f"{local!r} has no domain", "write it as local@yourstore.example"
        )
    try:
        return parse_mailbox(f"{local}@{domains.pop()}")
    except AddressError as error:
        raise field_problem("address", str(error), error.mend) from None


def _purpose_of(address: str) -> str:
    """What a mailbox is for, by the usual names; `general` when the name tells nothing."""
    local = address.partition("@")[0].partition("+")[0].casefold()
    return next((purpose for purpose, names in _PURPOSES.items() if local in names), "general")
