"""What a running service tells those who run it: figures and webhooks, over HTTP."""

import httpx

from tests.pipeline.inbound.test_keeping import sent
from tests.pipeline.sender.support import Running, wait_for
from tests.pipeline.webhooks.receiver import receiver


def figures(shop: Running, key: str) -> httpx.Response:
    return shop.clients[key].get("/metrics")


def test_figures_are_for_those_who_run_the_service_and_name_nobody(shop: Running) -> None:
    shop.get("/v1/emails/somebody%40example.org")
    sent(shop, "ada@example.org")
    for key in ("sending", "oversight"):
        assert figures(shop, key).status_code == 403
    assert httpx.get(f"{shop.url}/metrics").status_code == 401
    answer = wait_for(
        lambda: figures(shop, "administration").text, lambda text: 'step="confirm"' in text
    )
    assert 'route="/v1/emails/{email_id}"' in answer
    assert 'gatepost_messages_waiting{state="held"}' in answer
    assert "example.org" not in answer
    assert "01" not in {line.partition("{")[2][:2] for line in answer.splitlines()}
    token = httpx.get(f"{shop.url}/metrics", headers={"Authorization": "Bearer scraper"})
    assert token.status_code == 200


def test_a_receiver_is_told_over_the_routes_and_told_again(shop: Running) -> None:
    with receiver() as told:
        # Plain http is refused by the route, so the receiver is named by its https address and
        # the delivery fails; that is what the list of deliveries must show.
        body = {"url": told.url.replace("http:", "https:"), "events": ["message.sent"]}
        made = shop.post("/v1/webhooks", body, by="administration")
        assert made.status_code == 201, made.text
        sent(shop, "ada@example.org")

        def latest() -> dict[str, object]:
            listed = shop.get("/v1/webhook-deliveries", by="administration").json()["deliveries"]
            return listed[0] if listed else {}

        failed = wait_for(latest, lambda one: one.get("attempts") == 1)
        assert failed["status"] == "pending"
        assert failed["event_type"] == "message.sent"
        assert failed["problem"]
        path = f"/v1/webhook-deliveries/{failed['id']}/replay"
        assert shop.post(path, {}, by="sending").status_code == 403
        assert shop.post(path, {}, by="administration").status_code == 202
        assert (
            shop.clients["administration"].delete(f"/v1/webhooks/{made.json()['id']}").status_code
            == 200
        )
