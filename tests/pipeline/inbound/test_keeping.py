"""Threads, second arrivals and reports, through a whole service and a mail server."""

from typing import Any

from tests.pipeline.inbound.letters import bounce, complaint
from tests.pipeline.sender.support import Running
from tests.pipeline.sender.test_inbound import arrive, letter

ORDER = {
    "from": "support@yourstore.example",
    "subject": "Your order 1001",
    "text": "It left us today.",
}


def sent(shop: Running, *to: str) -> dict[str, Any]:
    """A message that was handed over to these people."""
    answer = shop.post("/v1/emails", {**ORDER, "to": list(to), "kind": "transactional"})
    assert answer.status_code == 202, answer.text
    assert shop.until(answer.json()["id"], "sent", "held") == "sent"
    message: dict[str, Any] = answer.json()
    return message


def suppressed(shop: Running) -> set[str]:
    """The addresses that the policy is told are suppressed."""
    found = set()
    for address in ("ada@example.org", "bob@example.org", "eve@example.org"):
        answer = shop.post("/v1/decisions", {**ORDER, "to": address, "kind": "transactional"})
        if answer.json()["facts"]["recipient.suppressed"]:
            found.add(address)
    return found


def test_a_message_is_taken_once_and_one_that_borrows_its_id_is_kept(shop: Running) -> None:
    first = arrive(shop, letter("Where is it?", 100))
    assert (
        arrive(shop, b"Received: by x.example\r\n" + letter("Where is it?", 100))["id"]
        == first["id"]
    )
    other = arrive(shop, letter("Something else entirely", 100))
    assert other["id"] != first["id"]
    assert other["thread_id"] == first["thread_id"]
    assert arrive(shop, letter("Something else entirely", 100))["id"] == other["id"]


def test_an_answer_without_references_finds_its_thread_by_subject_and_person(shop: Running) -> None:
    ours = sent(shop, "ada@example.org")

    def thread(number: int, subject: str, author: str = "Ada <ada@example.org>") -> str:
        raw = letter("When?", number, author=author).replace(b"My order", subject.encode())
        found: str = arrive(shop, raw)["thread_id"]
        return found

    assert thread(1, "AW: Your order 1001") == ours["thread_id"]
    assert thread(2, "Your order 1001") != ours["thread_id"]
    assert thread(3, "Re: Your order 1002") != ours["thread_id"]
    assert thread(4, "Re: Your order 1001", "Eve <eve@example.org>") != ours["thread_id"]


def test_only_a_report_about_what_we_sent_to_that_person_ends_mail_to_them(shop: Running) -> None:
    ours = sent(shop, "ada@example.org", "bob@example.org")
    own = ours["message_id"]
    forged = [
        bounce(recipient="ada@example.org", original="<0190-guess@yourstore.example>"),
        bounce(recipient="eve@example.org", original=own, own_id="2@mx.example"),
        complaint(recipient="eve@example.org", original=own),
        complaint(recipient=None, original=own),
        bounce(recipient="bob@example.org", original=own, status="5.2.2", own_id="3@mx.example",
               answer="552 5.2.2 full"),
    ]  # fmt: skip
    for raw in forged:
        arrive(shop, raw)
    assert suppressed(shop) == set()
    arrive(shop, bounce(recipient="ADA@example.org", original=own, own_id="4@mx.example"))
    assert suppressed(shop) == {"ada@example.org"}
    arrive(shop, complaint(recipient="bob@example.org", original=own))
    assert suppressed(shop) == {"ada@example.org", "bob@example.org"}
