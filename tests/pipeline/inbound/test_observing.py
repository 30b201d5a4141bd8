"""What a running service tells those who run it: figures and webhooks, over HTTP."""

from typing import Any

import httpx

from pipeline.webhooks.events import EVENTS
from tests.pipeline.inbound.test_keeping import sent
from tests.pipeline.sender.support import Running, wait_for
from tests.pipeline.webhooks.receiver import SECRET, receiver


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
    for url in ("http://127.0.0.1:25/", "file:///etc/passwd", "https://u:p@hooks.example/"):
        refused = shop.post("/v1/webhooks", {"url": url, "events": EVENTS}, by="administration")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "url"
    with receiver() as told:
        body = {"url": told.url, "events": ["message.sent"], "secret": SECRET}
        made = shop.post("/v1/webhooks", body, by="administration")
        assert made.status_code == 201, made.text
        message = sent(shop, "ada@example.org")
        wait_for(lambda: len(told.got), lambda count: count == 1)
        assert told.events()[0]["data"]["email_id"] == message["id"]

        def latest() -> dict[str, Any]:
            listed = shop.get("/v1/webhook-deliveries", by="administration").json()["deliveries"]
            return listed[0] if listed else {}

        shown = wait_for(latest, lambda one: one.get("status") == "delivered")
        assert (shown["event_type"], shown["response_status"]) == ("message.sent", 204)
        path = f"/v1/webhook-deliveries/{shown['id']}/replay"
        assert shop.post(path, {}, by="sending").status_code == 403
        assert shop.post(path, {}, by="administration").status_code == 202
        wait_for(lambda: len(told.got), lambda count: count == 2)
        assert told.got[0][0]["webhook-id"] == told.got[1][0]["webhook-id"]
        administration = shop.clients["administration"]
        assert administration.delete(f"/v1/webhooks/{made.json()['id']}").status_code == 200
