"""What is older than it need be goes, and what still waits does not."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from pipeline.store.blobs import get_blob
from pipeline.store.execution import NotFoundError, execute, now_ms
from pipeline.store.messages import decide
from pipeline.store.retention import forget_content, forget_expired
from pipeline.store.stored_messages import find_message
from pipeline.store.tables import idempotency, message
from policy.lifecycle import LifecycleEvent
from policy.modes import Mode
from tests.pipeline.store.support import ADMIN, Session, decided

SEEN = {"facts": 1, "content": 1, "policy": 1}
_DAY = 86_400_000


def test_content_goes_so_long_after_a_message_ended(session: Session) -> None:
    ended, waits, recent = (session.accept() for _ in range(3))
    for key in (ended, waits, recent):
        about = decided(int(Mode.GATED_SEND), SEEN)
        mime = f"Subject: {key}\r\n\r\nhello\r\n".encode()
        about = replace(about, mime=mime)
        session.write(lambda one, key=key, about=about: decide(one, key, about))
    for key in (ended, recent):
        session.write(lambda one, key=key: execute(one, key, LifecycleEvent.CANCEL, ADMIN))
    long_ago = now_ms() - 31 * _DAY
    session.write(
        lambda one: one.execute(
            update(message).where(message.c.id.in_([ended, waits])).values(changed_at=long_ago)
        )
    )
    digest = session.write(lambda one: find_message(one, ended)["mime_sha256"])

    assert session.write(lambda one: forget_content(one, 30)) == 1
    assert session.write(lambda one: forget_content(one, 30)) == 0

    gone = session.write(lambda one: find_message(one, ended))
    assert (gone["state"], gone["draft"], gone["erased"]) == ("cancelled", {}, 1)
    for key in (waits, recent):
        assert session.write(lambda one, key=key: find_message(one, key))["draft"] != {}
    with pytest.raises(NotFoundError):
        session.write(lambda one: get_blob(one, digest))


def test_an_idempotency_key_is_kept_for_a_week(session: Session) -> None:
    key = session.accept()
    for name, days in (("old", 8), ("new", 6)):
        session.write(
            lambda one, name=name, days=days: one.execute(
                idempotency.insert(),
                {
                    "api_key": session.author.id, "key": name, "body_sha256": "0" * 64,
                    "message": key, "created_at": now_ms() - days * _DAY,
                },
            )
        )  # fmt: skip
    assert session.write(forget_expired) == 1
    left = session.write(lambda one: one.execute(idempotency.select()).mappings().all())
    assert [row["key"] for row in left] == ["new"]
