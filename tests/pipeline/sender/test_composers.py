import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path

import pytest

from pipeline.mail.composing import ComposingError
from pipeline.mail.identity import Provenance
from pipeline.mail.signing import SigningKeyError
from pipeline.sender.composers import Composers
from tests.pipeline.mail.test_composing import DRAFT

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PROVENANCE = Provenance("Test Shop", "agent", "helper", "monitored", "0" * 64)


@pytest.fixture(scope="module")
def composers() -> Iterator[Composers]:
    pool = Composers(1, {}, {})
    yield pool
    pool.close()


def test_a_process_that_was_killed_costs_no_message(composers: Composers) -> None:
    async def three() -> list[bytes]:
        first = await composers.composed(DRAFT, PROVENANCE, AT)
        for child in active_children():
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
        return [
            first,
            *await asyncio.gather(*(composers.composed(DRAFT, PROVENANCE, AT) for _ in range(2))),
        ]

    composed = asyncio.run(three())
    assert all(b"Message-ID: <1@shop.example>" in raw for raw in composed)


def test_what_cannot_be_composed_says_why(composers: Composers) -> None:
    draft = replace(DRAFT, headers=(("Bcc", "x@example.org"),))
    with pytest.raises(ComposingError, match="Bcc") as caught:
        asyncio.run(composers.composed(draft, PROVENANCE, AT))
    assert caught.value.mend


def test_a_key_that_cannot_sign_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="not usable"):
        Composers(1, {"s._domainkey.shop.example": tmp_path / "none"}, {})
