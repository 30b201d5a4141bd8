"""The allowlist of a mailbox: to whom its gated mode does not apply."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, Field
from sqlalchemy import Connection, RowMapping

from pipeline.mail.addresses import AddressError, parse_mailbox
from pipeline.sender.answers import AllowlistEntry, AllowlistPage, Done, answer
from pipeline.sender.authentication import Admin, Reader, demand_person, person
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import MendedError, ProblemError
from pipeline.sender.requests import ApprovalCode, Body, Line
from pipeline.sender.service import Serving
from pipeline.store.allowlist import ListedAlreadyError, allow, allowlist, disallow, pattern_of
from pipeline.store.mailboxes import mailbox_in_use

router = APIRouter(prefix="/v1/mailboxes/{mailbox_id}/allowlist", tags=["allowlist"])


def _pattern(text: str) -> str:
    pattern = pattern_of(text)
    probe = f"anybody{pattern[1:]}" if pattern.startswith("*@") else pattern
    try:
        box = parse_mailbox(probe)
    except AddressError:
        box = None
    if box is None or box.name or box.address.casefold() != probe:
        raise MendedError(
            f"{text[:80]!r} is no pattern", "write one address, or *@customer.example for a domain"
        )
    return pattern


class EntryRequest(Body):
    """An address, or `*@domain` for that domain and none below it."""

    pattern: Annotated[Line, Field(max_length=254), AfterValidator(_pattern)]
    note: Annotated[Line, Field(max_length=200)] = ""
    approval_code: ApprovalCode = None


class EntryRemoval(Body):
    """Nothing is needed to become stricter."""

    approval_code: ApprovalCode = None


@router.get("", responses=answer(AllowlistPage))
async def listing(
    mailbox_id: str, key: Reader, service: Serving, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """The entries, oldest first."""

    def look(connection: Connection) -> list[dict[str, Any]]:
        mailbox_in_use(connection, mailbox_id)
        rows = allowlist(connection, mailbox_id, after=cursor, limit=limit)
        return [_shown(row) for row in rows]

    found = await service.store.read(look)
    last = found[-1]["id"] if found else ""
    return page(found, limit, last, "entries", mailbox_id=mailbox_id, count=len(found))


@router.post("", status_code=201, responses=answer(AllowlistEntry, 201))
async def add(mailbox_id: str, body: EntryRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Let the mailbox write to somebody unheld, as far as the policy allows it.

    An entry frees something from oversight, so no agent's key adds one.
    """
    demand_person(key, "lifts oversight")

    def work(connection: Connection) -> RowMapping:
        mailbox_in_use(connection, mailbox_id)
        return allow(connection, mailbox_id, body.pattern, body.note, person(key))

    try:
        row = await service.store.write(work)
    except ListedAlreadyError as error:
        raise ProblemError(409, str(error), "nothing is left to do", field="pattern") from None
    await service.acceptance.decide_waiting()
    return _shown(row)


@router.delete("/{entry_id}", responses=answer(Done))
async def remove(
    mailbox_id: str, entry_id: str, key: Admin, service: Serving, body: EntryRemoval | None = None
) -> dict[str, Any]:
    """End an entry at once; what waits is decided anew."""
    await service.store.write(
        lambda connection: disallow(connection, mailbox_id, entry_id, person(key))
    )
    await service.acceptance.decide_waiting()
    return {"id": entry_id, "status": "deleted"}


def _shown(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "pattern", "note", "added_by", "added_at")}
