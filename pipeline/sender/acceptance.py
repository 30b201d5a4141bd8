"""Taking a message in, and deciding again whatever waits for a decision."""

import base64
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection, RowMapping, select
from uuid_utils import uuid7

from pipeline.mail.addresses import address_key
from pipeline.mail.composing import ComposingError
from pipeline.mail.identity import Provenance
from pipeline.sender.approving import JudgedAgain, MoreDemandedError, approve_as_judged, decide_anew
from pipeline.sender.composers import Composers
from pipeline.sender.gate import Gate, Judgement
from pipeline.sender.keeping_accepted import (
    Accepted,
    ChangedError,
    HandedIn,
    Judged,
    keep,
    look_up,
    planned,
)
from pipeline.sender.known import Known, read_known
from pipeline.sender.outbound_facts import FactError
from pipeline.sender.preparing import Author, JudgedDraft, Prepared, judge, kind_of
from pipeline.sender.requests import EmailRequest
from pipeline.sender.settings import Settings
from pipeline.sender.unsubscribing import unsubscribe_url
from pipeline.store.blobs import get_blob
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM, RefusedError, Who, current, execute, now_ms
from pipeline.store.in_force import OtherPolicyError
from pipeline.store.messages import NewAttachment, NewMessage, decide
from pipeline.store.oversight import approve
from pipeline.store.stored_messages import find_message, in_state
from pipeline.store.tables import api_key, draft_attachment
from pipeline.store.threads import Threads
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import Actor, LifecycleEvent, State, Step

__all__ = ["Acceptance", "Accepted"]

Result = TypeVar("Result")
_log = structlog.get_logger()
_TRIES = 5
_FIRST_VERSIONS = {"facts": 1, "content": 1}


class Acceptance:
    """Judges messages by `gate`, which a reload may replace, and keeps them in `store`.

    `wake` is called when a message was queued, and told whether it is that of a test key; None when
    it may be either. Raises SigningKeyError.
    """

    def __init__(
        self, store: Store, gate: Gate, settings: Settings, secret: bytes,
        wake: Callable[[bool | None], None],
    ) -> None:  # fmt: skip
        self.gate = gate
        self._store = store
        self._settings = settings
        self._secret = secret
        self._composers = Composers(
            settings.composing_processes, settings.dkim_keys, settings.identity_keys
        )
        self._wake = wake
        # One thread: a classifier serves one at a time, and the work is bound to one core anyway.
        self._judging = Threads(1, "judging")

    async def question(self, request: EmailRequest, author: Author) -> Prepared:
        """What would become of `request`; nothing is kept."""
        identity = str(uuid7())

        async def attempt() -> Prepared:
            known = await self._store.read(
                lambda connection: read_known(connection, planned(request))
            )
            return await self._prepared(request, author, known, identity, datetime.now(UTC))

        return await _until_unchanged(attempt)

    async def accept(self, request: EmailRequest, author: Author, body_sha256: str) -> Accepted:
        """Keep, judge and queue, hold or block `request`, in one transaction.

        Raises KeyReusedError, NotFoundError, FactError, ComposingError, StoreUnavailableError.
        """
        identity = str(uuid7())
        at = datetime.now(UTC)
        handed_in = HandedIn(request, author, body_sha256)

        async def attempt() -> Accepted:
            found: Known | Accepted = await self._store.read_together(look_up, handed_in)
            if isinstance(found, Accepted):
                return found
            prepared = await self._prepared(request, author, found, identity, at)
            new = _new_message(request, author, found, prepared.judgement, identity)
            decided = prepared.decided({**_FIRST_VERSIONS, "policy": found.policy.version})
            stands = partial(self.gate.stands, prepared.judgement)
            judged = Judged(request, author, body_sha256, found, new, decided, stands)
            return await self._store.write_together(keep, judged)

        accepted = await _until_unchanged(attempt)
        if not accepted.repeated:
            self._wake(author.test)
        return accepted

    async def approve(
        self, identity: str, who: Who, seen: Mapping[str, int], roles: Collection[str]
    ) -> Step:
        """A person's approval of what was `seen`, if by now no more is demanded than was shown.

        Else the message is decided anew and MoreDemandedError raised. Raises what
        `store.oversight.approve` raises, StoreUnavailableError.
        """
        try:
            return await _until_unchanged(lambda: self._approve(identity, who, seen, roles))
        except MoreDemandedError:
            await self._store.write(lambda connection: decide_anew(connection, identity, seen))
            await self.decide_waiting()
            raise

    async def decide_waiting(self) -> int:
        """Decide every message that is accepted but not decided; returns how many."""
        rows = await self._store.read(
            lambda connection: in_state(connection, State.ACCEPTED, limit=100)
        )
        count = 0
        for row in rows:
            identity: str = row["id"]
            try:
                await _until_unchanged(lambda: self._decide_anew(identity))  # noqa: B023  # awaited here
                count += 1
            except (ComposingError, FactError, StoreUnavailableError, RefusedError) as error:
                # It stays where it is, unsent, and is tried again: nothing is lost.
                _log.warning("cannot_decide", message=identity, error=type(error).__name__)
        if count:
            self._wake(None)
        return count

    async def _decide_anew(self, identity: str) -> None:
        if (await self._store.read(lambda connection: find_message(connection, identity)))[
            "erased"
        ]:
            await self._store.write(
                lambda connection: execute(connection, identity, LifecycleEvent.ERASE, SYSTEM)
            )
            return
        row, request, author, known = await self._store.read(
            lambda connection: _stored(connection, identity)
        )
        at = datetime.fromtimestamp(row["created_at"] / 1000, UTC)
        prepared = await self._prepared(request, author, known, identity, at, bool(row["fraud"]))
        await self._store.write(
            lambda connection: _decide_again(connection, row, request, known, prepared)
        )

    async def _approve(
        self, identity: str, who: Who, seen: Mapping[str, int], roles: Collection[str]
    ) -> Step:
        row = await self._store.read(lambda connection: find_message(connection, identity))
        if row["inbound"] or row["erased"] or row["state"] != State.HELD.value:
            return await self._store.write(
                lambda connection: approve(connection, identity, who, seen, roles)
            )
        row, request, author, known = await self._store.read(
            lambda connection: _stored(connection, identity)
        )
        at = datetime.fromtimestamp(row["created_at"] / 1000, UTC)
        try:
            judged = await self._judged(
                self.gate, request, author, known, identity, at, bool(row["fraud"])
            )
        except (ComposingError, FactError) as error:
            why = f"the message cannot be judged by what is known now: {error}"
            raise RefusedError((why,), State.HELD) from error
        again = JudgedAgain(planned(request, identity), row["judgement"], known, judged.judgement)
        return await self._store.write(
            lambda connection: approve_as_judged(connection, identity, who, seen, roles, again)
        )

    def close(self) -> None:
        """Finish what is being prepared."""
        self._judging.close()
        self._composers.close()

    async def _prepared(
        self,
        request: EmailRequest,
        author: Author,
        known: Known,
        identity: str,
        at: datetime,
        marked_fraud: bool = False,
    ) -> Prepared:
        gate = self.gate  # a reload may replace it while this one judges
        judged = await self._judged(gate, request, author, known, identity, at, marked_fraud)
        provenance = Provenance(
            operator=self._settings.operator,
            author=author.kind,
            name=author.holder,
            mode=judged.judgement.mode.label,
            policy=gate.digest,
            certificate=gate.certificate,
        )
        mime = await self._composers.composed(judged.draft, provenance, judged.draft.date)
        return Prepared(judged.judgement, judged.envelope, mime)

    async def _judged(
        self,
        gate: Gate,
        request: EmailRequest,
        author: Author,
        known: Known,
        identity: str,
        at: datetime,
        marked_fraud: bool,
    ) -> JudgedDraft:
        if known.policy.digest != gate.digest:
            raise OtherPolicyError
        at = max(at, request.send_at or at)
        url = ""
        if self._settings.public_url and len(request.recipients) == 1:
            address = request.recipients[0][0].address
            url = unsubscribe_url(self._settings.public_url, self._secret, address)
        work = partial(
            judge,
            request,
            author,
            known,
            gate,
            self._settings,
            message_id=_message_id(identity, known),
            at=at,
            leaves=max(at, datetime.now(UTC)),
            unsubscribe_url=url,
            marked_fraud=marked_fraud,
        )
        return await self._judging.run(work)


async def _until_unchanged(attempt: Callable[[], Awaitable[Result]]) -> Result:
    other_policy = False
    for _ in range(_TRIES):
        try:
            return await attempt()
        except (ChangedError, OtherPolicyError) as error:
            other_policy = isinstance(error, OtherPolicyError)
    if other_policy:
        raise OtherPolicyError
    raise StoreUnavailableError("what is known of these people changes faster than it is judged")


def _message_id(identity: str, known: Known) -> str:
    return f"<{identity}@{known.mailbox.address.rpartition('@')[2]}>"


def _new_message(
    request: EmailRequest, author: Author, known: Known, judgement: Judgement, identity: str
) -> NewMessage:
    """The message as the store takes it in."""
    message_id = _message_id(identity, known)
    send_at = request.send_at
    return NewMessage(
        id=identity,
        mailbox_id=known.mailbox.id,
        author_key=author.key,
        author=author.kind,
        kind=kind_of(request, known.mailbox),
        intent=request.intent,
        message_id=message_id,
        thread_id=known.thread_id or request.in_reply_to or message_id,
        draft=_without_files(request),
        labels=[tag for tag in request.tags if tag not in judgement.tags],
        tags=sorted(judgement.tags),
        recipients=[
            (address_key(box.address), box.address, role) for box, role in request.recipients
        ],
        not_before=int(send_at.timestamp() * 1000) if send_at else now_ms(),
        fraud=judgement.fraud,
        attachments=[
            NewAttachment(file.filename, file.content_type, file.data)
            for file in request.attachments
        ],
        test=author.test,
    )


def _decide_again(
    connection: Connection, row: RowMapping, request: EmailRequest, known: Known, prepared: Prepared
) -> None:
    identity: str = row["id"]
    state, record, version = current(connection, identity)
    if state is not State.ACCEPTED:
        return  # somebody cancelled or erased it meanwhile
    if version != row["row_version"] or read_known(connection, planned(request, identity)) != known:
        raise ChangedError
    if prepared.judgement.fraud and not record["fraud"]:
        who = Who(Actor.SYSTEM, "decider")
        step = execute(connection, identity, LifecycleEvent.CHANGE_FACTS, who, {"fraud": True})
        record = dict(step.record)
    versions = {name: int(record[name]) for name in ("facts", "content", "policy")}
    decide(connection, identity, prepared.decided(versions))


def _without_files(request: EmailRequest) -> Mapping[str, object]:
    return request.model_dump(
        mode="json", by_alias=True, exclude={"attachments", "idempotency_key"}
    )


def _stored(
    connection: Connection, identity: str
) -> tuple[RowMapping, EmailRequest, Author, Known]:
    """A message as it was asked for, with its files, and what is known now."""
    row = find_message(connection, identity)
    files = connection.execute(
        select(draft_attachment)
        .where(draft_attachment.c.message == identity)
        .order_by(draft_attachment.c.place)
    ).mappings()
    request = EmailRequest.model_validate(
        {
            **row["draft"],
            "attachments": [
                {
                    "filename": file["name"],
                    "content_type": file["media_type"],
                    "content": base64.b64encode(get_blob(connection, file["sha256"])).decode(),
                }
                for file in files
            ],
        }
    )
    holder = connection.execute(
        select(api_key.c.holder).where(api_key.c.id == row["author_key"])
    ).scalar_one()
    author = Author(row["author_key"], holder, row["author"])
    return row, request, author, read_known(connection, planned(request, identity))
