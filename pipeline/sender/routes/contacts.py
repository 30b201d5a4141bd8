"""Contacts: an address book of the people who are written to."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import RowMapping

from pipeline.sender.answers import ContactAnswer, ContactPage, Deleted, answer
from pipeline.sender.authentication import Admin, Reader, Writer, person
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.requests import Address, Body, Line
from pipeline.sender.service import Serving
from pipeline.store.contacts import delete_contact, keep_contact, list_contacts
from pipeline.store.execution import Who
from policy.lifecycle import Actor

router = APIRouter(prefix="/v1/contacts", tags=["contacts"])

Words = Annotated[str, Query(max_length=200, description="part of a name or address")]


class ContactRequest(Body):
    """A person to keep; the name is that of the address when it is not given."""

    email: Address
    name: Annotated[Line, Field(max_length=200)] = ""
    tags: Annotated[
        list[Annotated[Line, Field(min_length=1, max_length=100)]], Field(max_length=50)
    ] = Field(default_factory=list)


@router.post("", status_code=201, responses=answer(ContactAnswer, 201))
async def keep(body: ContactRequest, key: Writer, service: Serving) -> dict[str, Any]:
    """Keep a person by name; one who is kept already gets the new name and tags."""
    who = Who(Actor.AUTHOR, key.holder)
    row = await service.store.write(
        lambda connection: keep_contact(
            connection, body.email.address, body.name or body.email.name, body.tags, who
        )
    )
    return _shown(row)


@router.get("", responses=answer(ContactPage))
async def listing(
    key: Reader,
    service: Serving,
    q: Words = "",
    query: Words = "",
    mailbox: Annotated[str, Query(max_length=320, description="not looked at")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Contacts whose name or address has the words `q` (or `query`) in it, oldest first."""
    rows = await service.store.read(
        lambda connection: list_contacts(connection, words=q or query, after=cursor, limit=limit)
    )
    return page([_shown(row) for row in rows], limit, rows[-1]["id"] if rows else "", "contacts")


@router.delete("/{contact_id}", responses=answer(Deleted))
async def delete(contact_id: str, key: Admin, service: Serving) -> dict[str, Any]:
    """Forget a contact."""
    await service.store.write(
        lambda connection: delete_contact(connection, contact_id, person(key))
    )
    return {"deleted": True}


def _shown(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "email": row["address"],
        "tags": row["tags"],
        "created_at": row["created_at"],
    }
