"""The files of a message: their bytes, and addresses from which they can be fetched for an hour."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, RowMapping

from pipeline.sender.answers import FileAddress, answer, file_answer
from pipeline.sender.attachments import StoredFile, file_of
from pipeline.sender.authentication import Reader
from pipeline.sender.downloads import download
from pipeline.sender.links import opened, sealed
from pipeline.sender.multimail.sending import in_mailbox
from pipeline.sender.problems import ProblemError
from pipeline.sender.routes.translation import may_read
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError, now_ms
from pipeline.store.keys import Key
from pipeline.store.stored_messages import find_message

router = APIRouter(tags=["attachments"])

_SECONDS = 3600
_PURPOSE = "attachment"
_BYTES = file_answer("*/*", "The bytes of the file, as the type that the message says")


@router.get(
    "/v1/mailboxes/{mailbox_id}/emails/{email_id}/attachments/{filename}/url",
    responses=answer(FileAddress),
)
async def address(
    mailbox_id: str, email_id: str, filename: str, request: Request, key: Reader, service: Serving
) -> dict[str, Any]:
    """An address that gives the file to anybody who has it, for an hour."""

    def look(connection: Connection) -> tuple[StoredFile, bytes]:
        return file_of(connection, _readable(connection, mailbox_id, email_id, key), filename)

    file, _ = await service.store.read(look)
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    token = _token(service.secret, email_id, filename, now_ms() + _SECONDS * 1000)
    return {
        "url": f"{base}/v1/attachments/{token}",
        "filename": file.name,
        "size_bytes": file.size,
        "content_type": file.media_type,
        "expires_in": _SECONDS,
    }


@router.get(
    "/v1/mailboxes/{mailbox_id}/emails/{email_id}/attachments/{filename}",
    response_class=Response,
    responses=_BYTES,
)
async def file(
    mailbox_id: str, email_id: str, filename: str, key: Reader, service: Serving
) -> Response:
    """The bytes of a file."""

    def look(connection: Connection) -> tuple[StoredFile, bytes]:
        return file_of(connection, _readable(connection, mailbox_id, email_id, key), filename)

    return download(*await service.store.read(look))


@router.get("/v1/attachments/{token}", response_class=Response, responses=_BYTES)
async def by_address(token: str, service: Serving) -> Response:
    """The bytes of a file, by an address that was given out within the hour."""
    opened = _opened(service.secret, token)
    if opened is None:
        raise ProblemError(
            404, "this address is none of ours, or its hour is over", "ask for a new one"
        )
    email_id, filename = opened
    return download(
        *await service.store.read(
            lambda connection: file_of(connection, find_message(connection, email_id), filename)
        )
    )


def _readable(connection: Connection, mailbox_id: str, email_id: str, key: Key) -> RowMapping:
    row = in_mailbox(connection, mailbox_id, email_id)
    if not may_read(row, key):
        raise NotFoundError("the message waits for a person, and only people have its files")
    return row


def _token(secret: bytes, email_id: str, filename: str, until: int) -> str:
    return sealed(secret, _PURPOSE, json.dumps([email_id, filename, until]))


def _opened(secret: bytes, token: str) -> tuple[str, str] | None:
    text = opened(secret, _PURPOSE, token)
    if text is None:
        return None
    email_id, filename, until = json.loads(text)
    return (email_id, filename) if until > now_ms() else None
