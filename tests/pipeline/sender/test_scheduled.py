"""A message that leaves later is judged by the time at which it can leave, and dated so."""

from datetime import datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import pytest

from pipeline.store.blobs import get_blob
from pipeline.store.database import read_store
from pipeline.store.stored_messages import find_message
from tests.pipeline.sender.support import EMAIL, Sink, serving

WEDNESDAY, SATURDAY = "2098-12-31T10:00:00Z", "2099-01-03T03:00:00Z"


@pytest.mark.parametrize(
    ("send_at", "hour", "staffed"), [(WEDNESDAY, 11, True), (SATURDAY, 4, False)]
)
def test_the_facts_of_time_are_about_when_it_can_leave(
    tmp_path: Path, smtp: Sink, send_at: str, hour: int, staffed: bool
) -> None:
    with serving(tmp_path, smtp.port, timezone="Europe/Vienna", business_hours="0-24") as shop:
        email = {**EMAIL, "send_at": send_at}
        facts = shop.post("/v1/decisions", email).json()["facts"]
        assert (facts["time.hour"], facts["time.business_hours"]) == (hour, staffed)
        made = shop.post("/v1/emails", email).json()
    row = read_store(tmp_path / "gatepost.db", partial(find_message, key=made["id"]))
    mime = read_store(tmp_path / "gatepost.db", partial(get_blob, digest=row["mime_sha256"]))
    date = parsedate_to_datetime(str(message_from_bytes(mime)["Date"]))
    assert date == datetime.fromisoformat(send_at)
