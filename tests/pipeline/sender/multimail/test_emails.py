"""Lists, threads, schedules and files, and the traps that published clients fall into."""

import httpx
import pytest

from tests.pipeline.sender.multimail.conftest import Shop
from tests.pipeline.sender.test_problems import check_problem


def listed(shop: Shop, **asked: object) -> list[dict]:
    answer = shop.running.clients["sending"].get(shop.path("emails"), params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["emails"]


def ids(found: list[dict]) -> list[str]:
    return [one["id"] for one in found]


def test_a_list_by_what_a_caller_looks_for(shop: Shop) -> None:
    came = shop.arrive("looked-for", subject="100% lost_parcel")
    sent = shop.send(subject="Your gift").json()["id"]
    assert ids(listed(shop))[:2] == [sent, came]
    assert came in ids(listed(shop, direction="inbound", status="unread", sender="ADA@"))
    assert ids(listed(shop, subject_contains="100% LOST_")) == [came]
    assert listed(shop, subject_contains="100_ lost") == []
    assert came in ids(listed(shop, has_attachments="true"))
    assert came not in ids(listed(shop, has_attachments="false"))
    assert ids(listed(shop, since_id=came)) == [sent]
    assert listed(shop, direction="outbound", status="unread") == []
    assert listed(shop, status="archived") == []
    assert listed(shop, date_after="2099-01-01") == []
    assert came in ids(listed(shop, date_after="2020-01-01T00:00:00Z", offset=0))
    check_problem(shop.running.get(shop.path("emails?status=lost")), 422, "status")


def test_pages_lead_through_everything_once(shop: Shop) -> None:
    for number in range(3):
        shop.arrive(f"page{number}")
    everything = ids(listed(shop, limit=100))
    found, cursor = [], ""
    while True:
        answer = shop.running.get(shop.path(f"emails?limit=2&cursor={cursor}")).json()
        found += ids(answer["emails"])
        if "cursor" not in answer:
            break
        cursor = answer["cursor"]
    assert found == everything


def test_what_is_pending_has_its_words_in_one_place(shop: Shop) -> None:
    held = shop.running.post(
        "/v1/emails",
        {
            "from": "orders@yourstore.example", "to": "a@b.example", "subject": "s",
            "text": "One thing", "html": "<p>Another THING</p>", "tags": ["fraud_risk"],
        },
    ).json()  # fmt: skip
    answer = shop.running.get("/v1/oversight/pending?limit=100", by="oversight").json()
    (one,) = [mail for mail in answer["emails"] if mail["id"] == held["id"]]
    assert "One thing" in one["body_markdown"]
    assert "Another THING" in one["body_markdown"]
    for name in ("pending", "data"):
        assert ids(answer[name]) == ids(answer["emails"])
        assert "One thing" not in str(answer[name])
    assert not {"text", "html", "text_body"} & set(one)
    assert {"mailbox_id", "direction", "from", "to", "created_at", "version"} <= set(one)


def test_a_body_has_one_name_but_for_the_client_that_knows_another(shop: Shop) -> None:
    came = shop.arrive("one-name", text="Secret words")
    path = shop.path(f"emails/{came}")
    agent = {"User-Agent": "node"}
    read = shop.running.clients["sending"].get(path, headers=agent).json()
    assert read.pop("markdown").startswith("Secret words")
    assert "Secret words" not in str(read)


def test_mail_that_waits_for_a_person_is_not_shown_to_an_agent(shop: Shop) -> None:
    came = shop.arrive("lawyer", subject="Dear sirs", text="My LAWYER writes")
    (one,) = [mail for mail in listed(shop) if mail["id"] == came]
    assert one["status"] == "pending_inbound_approval"
    for path in (shop.path(f"emails/{came}"), f"/v1/emails/{came}"):
        answer = shop.running.get(path).text
        assert "LAWYER" not in answer
        assert "Dear sirs" not in answer
        assert "LAWYER" in shop.running.get(path, by="administration").text
    file = shop.path(f"emails/{came}/attachments/list%20of%20things.csv")
    check_problem(shop.running.get(file), 404)
    check_problem(shop.running.post(shop.path(f"reply/{came}"), {"markdown": "x"}), 404)
    shop.overseer.list_pending()
    shop.overseer.decide(came, "approve")
    assert "LAWYER" in shop.running.get(shop.path(f"emails/{came}")).text


def test_a_scheduled_message_is_changed_and_decided_anew(shop: Shop) -> None:
    made = shop.send(send_at="2099-01-01T00:00:00Z").json()
    assert made["status"] == "scheduled"
    client, path = shop.running.clients["sending"], shop.path(f"emails/{made['id']}/schedule")
    changed = client.patch(
        path,
        json={"to": ["new@example.org"], "markdown": "*New*", "send_at": "2098-01-01T00:00:00Z"},
    )
    assert (changed.status_code, changed.json()["to"]) == (200, ["new@example.org"])
    view = shop.running.get(f"/v1/emails/{made['id']}").json()
    assert view["not_before"].startswith("2098-01-01")
    assert [one["address"] for one in view["recipients"]] == ["new@example.org"]
    assert "<em>New</em>" in view["html"]
    fraud = client.patch(f"/v1/emails/{made['id']}/schedule", json={"text": "4111 1111 1111 1111"})
    assert fraud.json()["status"] == "blocked"
    check_problem(client.patch(path, json={"subject": "late"}), 409)
    check_problem(client.patch(path, json={}), 422)
    other = {
        "Authorization": f"Bearer {shop.admin.create_api_key('s', scopes=['send'])['api_key']}"
    }
    again = shop.send(send_at="2099-01-01T00:00:00Z").json()
    stranger = shop.path(f"emails/{again['id']}/schedule")
    check_problem(client.patch(stranger, json={"subject": "x"}, headers=other), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": []}, "to"),
        ({"subject": "a\r\nBcc: x@y.example"}, "subject"),
        ({"markdown": ""}, "markdown"),
        ({"send_at": "2099-01-01T00:00:00"}, "send_at"),
        ({"gate_timing": "schedule_first"}, "gate_timing"),
        ({"attachments": [{"name": "a", "content_base64": "%"}]}, "attachments"),
        ({"body": "x"}, "body"),
        ({"to": ["a@b.example"] * 51}, "to"),
    ],
)
def test_a_wrong_field_is_named(shop: Shop, body: dict[str, object], field: str) -> None:
    check_problem(shop.send(**body), 422, field)


def test_a_recipient_may_be_a_text_and_html_stays_text(shop: Shop) -> None:
    sent = shop.send(to="a@b.example", markdown="<script>x</script> | **b**").json()
    html = shop.running.get(f"/v1/emails/{sent['id']}").json()["html"]
    assert "<script>" not in html
    assert "<strong>b</strong>" in html


def test_a_file_can_be_fetched_by_its_address_for_an_hour(shop: Shop) -> None:
    came = shop.arrive("file")
    path = shop.path(f"emails/{came}/attachments/list%20of%20things.csv/url")
    found = shop.running.get(path).json()
    assert found["expires_in"] == 3600
    answer = httpx.get(found["url"])
    assert answer.content.strip() == b"a,b"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    for token in (found["url"][:-2] + "xx", found["url"].rpartition("/")[0] + "/AAAA"):
        check_problem(httpx.get(token), 404)


def test_a_readers_word_that_it_is_spam(shop: Shop) -> None:
    came = shop.arrive("spam")
    said = shop.running.post(f"/v1/emails/{came}/report-spam", None).json()
    assert said == {"id": came, "status": "spam_quarantined", "user_label": "spam"}
    assert came in ids(shop.running.get("/v1/emails?status=spam_quarantined").json()["emails"])
    assert came not in ids(listed(shop, status="unread"))
    taken_back = shop.running.post(f"/v1/emails/{came}/not-spam", None).json()
    assert taken_back["status"] == "unread"
    sent = shop.send().json()["id"]
    check_problem(shop.running.post(f"/v1/emails/{sent}/report-spam", None), 409)


def test_the_short_routes(shop: Shop) -> None:
    box = {"mailbox": "orders@yourstore.example"}
    came = shop.arrive("short", text="Short words")
    (first,) = shop.running.get("/v1/emails/inbox?limit=1&mailbox=orders@yourstore.example").json()[
        "emails"
    ]
    assert (first["id"], first["body"].split("\n")[0]) == (came, "Short words")
    sent = shop.running.post(
        "/v1/emails/send", {**box, "to": "a@b.example", "subject": "Hi", "body": "*Hi*"}
    )
    assert sent.status_code == 202, sent.text
    answered = shop.running.post(f"/v1/emails/{came}/reply", {**box, "body": "Hi"}).json()
    held = shop.running.get("/v1/emails/pending?limit=100", by="oversight").json()["emails"]
    assert answered["id"] in ids(held)
    decided = shop.running.post(
        f"/v1/emails/{answered['id']}/decide", {"decision": "reject"}, by="oversight"
    )
    assert decided.json()["status"] == "rejected"
    thread = shop.running.get(f"/v1/emails/thread/{answered['thread_id']}").json()
    assert ids(thread["emails"]) == [came, answered["id"]]
    tagged = shop.running.post(f"/v1/emails/{came}/tag", {"tags": ["a", "b"]}).json()
    assert tagged["tags"] == ["a", "b"]
    strange = {"mailbox": "x@else.example", "to": "a@b.example", "subject": "x", "body": "x"}
    check_problem(shop.running.post("/v1/emails/send", strange), 422, "mailbox")


def test_clients_send_their_key_in_more_than_one_way(shop: Shop) -> None:
    secret = shop.running.keys["sending"]
    for headers in (
        {"X-API-Key": secret}, {"Authorization": f"Bearer Bearer {secret}"},
        {"Authorization": f"bearer {secret}", "Content-Type": "application/json"},
    ):  # fmt: skip
        answer = httpx.get(f"{shop.running.url}/v1/mailboxes", headers=headers)
        assert answer.status_code == 200


def test_an_empty_body_that_calls_itself_json_is_no_body(shop: Shop) -> None:
    client = shop.running.clients["sending"]
    made = shop.send(send_at="2099-01-01T00:00:00Z").json()["id"]
    json_type = {"Content-Type": "application/json"}
    for _ in range(2):
        answer = client.post(shop.path(f"emails/{made}/cancel"), headers=json_type)
        assert answer.json() == {"id": made, "status": "cancelled"}
    gone = shop.running.clients["administration"].delete(
        shop.path("allowlist/none"), headers=json_type
    )
    check_problem(gone, 404)


def test_everything_in_one_document_once_an_hour(shop: Shop) -> None:
    answer = shop.running.get("/v1/export", by="administration")
    document = answer.json()
    assert {"mailboxes", "emails", "consents", "suppressions"} <= set(document)
    assert shop.mailbox in [box["id"] for box in document["mailboxes"]]
    assert not any(secret in answer.text for secret in ("gp_live_", "whsec_", "signing_secret"))
    again = shop.running.get("/v1/export", by="administration")
    check_problem(again, 429)
    assert float(again.headers["retry-after"]) > 3000


def test_usage_by_the_day(shop: Shop) -> None:
    shop.arrive("usage")
    (today,) = [
        one
        for one in shop.running.get("/v1/usage?period=daily").json()["data"]
        if one["event_type"] == "email_received"
    ]
    assert today["count"] >= 1
    check_problem(shop.running.get("/v1/usage?from=yesterday"), 422, "from")
