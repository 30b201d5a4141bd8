"""A reviewer says what the labels of a received message should be."""

import re

from tests.pipeline.console.support import Shop
from tests.pipeline.sender.support import MAILBOX


def arrive(shop: Shop) -> str:
    raw = (
        f"From: Ada <ada@example.org>\r\nTo: {MAILBOX['address']}\r\nSubject: Hello\r\n"
        "Message-ID: <1@example.org>\r\n\r\nPlease take me off the list.\r\n"
    )
    answer = shop.api.clients["administration"].post(
        "/v1/inbound", params={"to": MAILBOX["address"]}, content=raw.encode()
    )
    identity: str = answer.json()["id"]
    return identity


def test_labels_are_corrected_by_a_form(shop: Shop) -> None:
    received, sent = arrive(shop), shop.held()
    path = f"/console/messages/{received}/labels"
    with shop.reviewer("ben") as ben:
        assert 'name="tags"' not in ben.page(sent)  # what we wrote is not what is learnt from
        assert '<option value="order_status" selected>' in ben.page(received)
        assert "checked" not in ben.page(received)
        done = ben.post(path, intent="unsubscribe", tags="opt_out")
        assert "the labels are on record" in done.text
        assert '<option value="unsubscribe" selected>' in done.text
        assert re.findall(r'value="(\w+)" checked', done.text) == ["opt_out"]
        assert ben.post(path, intent="unsubscribed").status_code == 422
        assert ben.post(f"/console/messages/{sent}/labels", intent="refund").status_code == 409
