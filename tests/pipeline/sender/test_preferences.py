"""A consent counts once the person has confirmed it, and they see and change it on their page."""

from collections.abc import Iterator

import httpx
import pytest

from tests.pipeline.sender.support import EMAIL, Running, serving, sink
from tests.pipeline.sender.test_problems import check_problem

NEWS = {"address": "news@yourstore.example", "oversight_mode": "monitored",
        "oversight_address": "team@yourstore.example"}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        sink() as smtp,
        serving(
            tmp_path_factory.mktemp("shop"), smtp.port, mailbox=NEWS,
            public_url="https://mail.yourstore.example",
            postal_address="Corner Shop, 1 Main Street, Springfield",
        ) as running,
    ):  # fmt: skip
        yield running


def ask(shop: Running, address: str, **more: object) -> dict:
    body = {"address": address, "how": "checkout", "wording": "news-2026-11: <b>weekly</b>"}
    answer = shop.post("/v1/consents/requests", {**body, **more}, by="administration")
    assert answer.status_code == 201, answer.text
    return answer.json()


def local(shop: Running, url: str) -> str:
    return url.replace("https://mail.yourstore.example", shop.url)


def known(shop: Running, address: str) -> dict:
    body = {**EMAIL, "from": NEWS["address"], "to": address, "kind": "transactional"}
    facts: dict = shop.post("/v1/decisions", body).json()["facts"]
    return facts


def test_a_consent_counts_once_it_is_confirmed_by_a_button(shop: Running) -> None:
    asked = ask(shop, "ada@example.org", region="eu")
    link = local(shop, asked["confirm_url"])
    opened = httpx.get(link)
    assert opened.status_code == 200
    assert "&lt;b&gt;weekly&lt;/b&gt;" in opened.text
    assert known(shop, "ada@example.org")["recipient.consent"] == "unknown"
    for _ in range(2):
        assert httpx.post(link).status_code == 200
    assert known(shop, "ada@example.org")["recipient.consent"] == "explicit"
    whose = {"address": "Ada@example.org"}
    (one,) = shop.post("/v1/consents/find", whose, by="administration").json()["consents"]
    assert one["status"] == "explicit"
    evidence = one["evidence"]
    assert evidence["wording"] == "news-2026-11: <b>weekly</b>"
    assert evidence["asked_at"] <= evidence["confirmed_at"]
    assert evidence["proof"] == f"double opt-in {asked['id']}"


def test_a_link_of_somebody_else_is_none(shop: Running) -> None:
    asked = ask(shop, "eve@example.org")
    link = local(shop, asked["confirm_url"])
    check_problem(httpx.post(link[:-3] + "AAA"), 404)
    stranger = local(shop, asked["preferences_url"]).replace("/preferences/", "/confirm/")
    check_problem(httpx.post(stranger), 404)  # made for another purpose


def test_a_person_ends_and_begins_advertising_on_their_page(shop: Running) -> None:
    page = local(shop, ask(shop, "bob@example.org")["preferences_url"])
    assert "You get no advertising" in httpx.get(page).text
    assert httpx.post(page, data={"choice": "allow"}).status_code == 200
    assert known(shop, "bob@example.org")["recipient.consent"] == "explicit"
    assert "End it" in httpx.get(page).text
    assert httpx.post(page, data={"choice": "stop"}).status_code == 200
    facts = known(shop, "bob@example.org")
    assert (facts["recipient.consent"], facts["recipient.suppressed"]) == ("withdrawn", True)
    httpx.post(page, data={"choice": "allow"})
    assert known(shop, "bob@example.org")["recipient.suppressed"] is False
    check_problem(httpx.post(page, data={"choice": "everything"}), 422, "choice")


def test_a_bounce_is_not_undone_by_a_link(shop: Running) -> None:
    page = local(shop, ask(shop, "gone@example.org")["preferences_url"])
    body = {"address": "gone@example.org", "reason": "bounced"}
    shop.post("/v1/suppression", body, by="administration")
    assert "not by your link" in httpx.get(page).text
    check_problem(httpx.post(page, data={"choice": "allow"}), 404)
    assert known(shop, "gone@example.org")["recipient.suppressed"] is True


def test_a_person_asks_for_their_data_and_the_clock_runs(shop: Running) -> None:
    page = local(shop, ask(shop, "cleo@example.org")["preferences_url"])
    for _ in range(2):  # twice is one request
        assert httpx.post(page, data={"choice": "access"}).status_code == 200
    due = shop.get("/v1/privacy/requests", by="administration").json()
    (one,) = [each for each in due if each["address"] == "cleo@example.org"]
    assert (one["kind"], one["overdue"]) == ("access", False)
    shown = httpx.get(page).text
    assert one["due_at"][:10] in shown
    assert "Send me a copy" not in shown
