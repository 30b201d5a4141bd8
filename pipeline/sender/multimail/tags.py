"""Tags with values that callers put on messages; the policy does not read them."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection

from pipeline.sender.answers import Deleted, TagsAnswer, answer
from pipeline.sender.authentication import Reader, Writer
from pipeline.sender.multimail.sending import in_mailbox
from pipeline.sender.problems import field_problem
from pipeline.sender.requests import Body, Line
from pipeline.sender.service import Serving
from pipeline.store.notes import delete_tag, most_tags, put_tags, tags_on

router = APIRouter(
    prefix="/v1/mailboxes/{mailbox_id}/emails/{email_id}/tags", tags=["mailbox e-mails"]
)


class TagsRequest(Body):
    """Tags to set; those that are there and not named stay."""

    tags: Annotated[
        dict[
            Annotated[Line, Field(min_length=1, max_length=100)],
            Annotated[Line, Field(max_length=500)],
        ],
        Field(max_length=most_tags),
    ]


@router.get("", responses=answer(TagsAnswer))
async def tags(mailbox_id: str, email_id: str, key: Reader, service: Serving) -> dict[str, Any]:
    """The tags of a message."""

    def look(connection: Connection) -> dict[str, Any]:
        in_mailbox(connection, mailbox_id, email_id)
        return {"tags": tags_on(connection, email_id)}

    return await service.store.read(look)


@router.put("", responses=answer(TagsAnswer))
async def put(
    mailbox_id: str, email_id: str, body: TagsRequest, key: Writer, service: Serving
) -> dict[str, Any]:
    """Set tags; the others stay, since some clients say that they add and none that they lose."""

    def work(connection: Connection) -> dict[str, Any]:
        in_mailbox(connection, mailbox_id, email_id)
        found = put_tags(connection, email_id, body.tags)
        if len(found) > most_tags:
            raise field_problem("tags", f"{len(found)} are too many", f"keep {most_tags} at most")
        return {"tags": found}

    return await service.store.write(work)


@router.delete("/{name:path}", responses=answer(Deleted))
async def delete(
    mailbox_id: str, email_id: str, name: str, key: Writer, service: Serving
) -> dict[str, Any]:
    """Take a tag off."""

    def work(connection: Connection) -> dict[str, Any]:
        in_mailbox(connection, mailbox_id, email_id)
        delete_tag(connection, email_id, name)
        return {"deleted": True}

    return await service.store.write(work)
