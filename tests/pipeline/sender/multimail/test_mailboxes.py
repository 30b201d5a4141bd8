"""What frees a mailbox from oversight, and who may do it."""

from itertools import count

import pytest

from pipeline.sender.callers import Callers
from tests.pipeline.sender.multimail.conftest import Shop
from tests.pipeline.sender.test_problems import check_problem

_numbers = count()


@pytest.fixture
def gated(shop: Shop) -> str:
    """A new mailbox in `gated_send`."""
    address = f"gated{next(_numbers)}@yourstore.example"
    body = {"address": address, "oversight_address": "team@yourstore.example"}
    return shop.running.post("/v1/mailboxes", body, by="administration").json()["id"]


def send(shop: Shop, mailbox: str, *to: str, **more: object) -> dict:
    body = {"to": list(to), "subject": "Hello", "markdown": "Hello."}
    answer = shop.running.post(f"/v1/mailboxes/{mailbox}/send", {**body, **more})
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_an_upgrade_needs_a_code_that_only_people_see(shop: Shop, gated: str) -> None:
    path = f"/v1/mailboxes/{gated}"
    no_upgrade = {"target_mode": "gated_all"}
    check_problem(shop.running.post(f"{path}/request-upgrade", no_upgrade), 422, "target_mode")
    check_problem(shop.running.post(f"{path}/upgrade", {"code": "A7X-29K"}), 404)
    asked = shop.running.post(f"{path}/request-upgrade", {"target_mode": "monitored"}).json()
    assert "code" not in asked
    assert asked["status"] == "upgrade_requested"

    check_problem(shop.running.post(f"/v1/oversight/upgrades/{asked['id']}/code", None), 403)
    waiting = shop.running.get("/v1/oversight/upgrades", by="oversight").json()["upgrades"]
    assert asked["id"] in [one["id"] for one in waiting]
    codes = [
        shop.running.post(f"/v1/oversight/upgrades/{asked['id']}/code", None, by="oversight").json()
        for _ in range(2)
    ]
    for wrong in ("A7X-29K", codes[0]["code"]):  # one that is void since the second was shown
        check_problem(shop.running.post(f"{path}/upgrade", {"code": wrong}), 403)
    done = shop.running.post(f"{path}/upgrade", {"code": codes[1]["code"].lower()})
    assert (done.status_code, done.json()["oversight_mode"]) == (200, "monitored")
    check_problem(shop.running.post(f"{path}/upgrade", {"code": codes[1]["code"]}), 404)
    (entry,) = [
        one
        for one in shop.admin.get_audit_log(limit=20)
        if one["action"] == "upgrade" and one["resource_id"] == gated
    ]
    assert (entry["metadata"]["old_mode"], entry["metadata"]["new_mode"]) == (
        "gated_send",
        "monitored",
    )


def test_a_code_is_not_guessed(shop: Shop, gated: str) -> None:
    path = f"/v1/mailboxes/{gated}"
    asked = shop.running.post(f"{path}/request-upgrade", {"target_mode": "monitored"}).json()
    shown = shop.running.post(
        f"/v1/oversight/upgrades/{asked['id']}/code", None, by="oversight"
    ).json()
    for _ in range(5):
        check_problem(shop.running.post(f"{path}/upgrade", {"code": "AAAAA-AAAAA"}), 403)
    check_problem(shop.running.post(f"{path}/upgrade", {"code": shown["code"]}), 404)


def test_an_upgrade_is_asked_for_three_times_an_hour(shop: Shop, gated: str) -> None:
    body = {"target_mode": "autonomous"}
    path = f"/v1/mailboxes/{gated}/request-upgrade"
    for _ in range(3):
        assert shop.running.post(path, body).status_code == 200
    answer = shop.running.post(path, body)
    check_problem(answer, 429)
    assert 0 < float(answer.headers["retry-after"]) <= 3601


def test_whoever_asks_never_sees_the_code(shop: Shop, gated: str) -> None:
    path = f"/v1/mailboxes/{gated}/request-upgrade"
    asked = shop.running.post(path, {"target_mode": "monitored"}, by="administration").json()
    answer = shop.running.post(
        f"/v1/oversight/upgrades/{asked['id']}/code", None, by="administration"
    )
    check_problem(answer, 403)


def test_an_allowlist_lifts_a_gated_mailbox_only_when_everybody_is_on_it(
    shop: Shop, gated: str
) -> None:
    path = f"/v1/mailboxes/{gated}/allowlist"
    assert send(shop, gated, "ann@partner.example")["status"] == "pending_send_approval"
    made = shop.running.post(path, {"pattern": "*@Partner.example"}, by="administration")
    assert (made.status_code, made.json()["pattern"]) == (201, "*@partner.example")
    again = shop.running.post(path, {"pattern": "*@partner.example"}, by="administration")
    check_problem(again, 409)
    assert send(shop, gated, "ann@partner.example")["mode"] == "monitored"
    assert send(shop, gated, "ann@sub.partner.example")["mode"] == "gated_send"
    assert send(shop, gated, "ann@partner.example", "x@else.example")["mode"] == "gated_send"
    later = send(shop, gated, "ann@partner.example", send_at="2099-01-01T00:00:00Z")
    assert later["status"] == "scheduled"
    entries = shop.running.get(path).json()
    assert (entries["count"], entries["mailbox_id"]) == (1, gated)

    client = shop.running.clients["administration"]
    gone = client.request("DELETE", f"{path}/{made.json()['id']}", json={})
    assert gone.status_code == 200
    assert shop.running.until(later["id"], "held")  # decided anew, by what is so now
    check_problem(client.delete(f"{path}/{made.json()['id']}"), 404)


def test_an_allowlist_does_not_lift_what_the_policy_holds(shop: Shop, gated: str) -> None:
    path = f"/v1/mailboxes/{gated}/allowlist"
    shop.running.post(path, {"pattern": "bob@partner.example"}, by="administration")
    case = {"address": "bob@partner.example", "why": "called"}
    shop.running.post("/v1/cases", case, by="oversight")
    assert send(shop, gated, "bob@partner.example")["mode"] == "gated_all"


@pytest.mark.parametrize(
    "pattern", ["*@*", "partner.example", "*", "a@b@c", "*@", "A <a@b.example>"]
)
def test_a_pattern_is_an_address_or_a_domain(shop: Shop, gated: str, pattern: str) -> None:
    path = f"/v1/mailboxes/{gated}/allowlist"
    answer = shop.running.post(path, {"pattern": pattern}, by="administration")
    check_problem(answer, 422, "pattern")


def test_an_agent_that_administers_lifts_nothing(shop: Shop, gated: str) -> None:
    made = shop.admin.create_api_key("agent that administers", scopes=["admin"])
    headers = {"X-API-Key": made["api_key"]}
    answer = shop.running.post(
        f"/v1/mailboxes/{gated}/allowlist",
        {"pattern": "a@b.example"},
        headers={"Authorization": "", **headers},
    )
    assert check_problem(answer, 403)["rule"] == "only a person lifts oversight"
    client, path = shop.running.clients["administration"], f"/v1/mailboxes/{gated}"
    by_agent = {"Authorization": f"Bearer {made['api_key']}"}
    copies = client.patch(path, json={"auto_bcc": "me@evil.example"}, headers=by_agent)
    assert check_problem(copies, 403)["rule"] == "only a person says who gets copies"
    stricter = client.patch(path, json={"oversight_mode": "gated_all"}, headers=by_agent)
    assert stricter.status_code == 200


def test_nothing_leaves_a_mailbox_that_only_reads(shop: Shop, gated: str) -> None:
    assert shop.admin.update_mailbox(gated, oversight_mode="read_only")["status"] == "updated"
    body = {"to": "a@b.example", "subject": "x", "markdown": "x"}
    answer = shop.running.post(f"/v1/mailboxes/{gated}/send", body)
    assert "request-upgrade" in check_problem(answer, 403)["mend"]


def test_a_closed_mailbox_sends_nothing_and_its_address_stays_taken(shop: Shop, gated: str) -> None:
    box = shop.running.get(f"/v1/mailboxes/{gated}").json()
    waiting = send(shop, gated, "a@b.example")
    shop.admin.delete_mailbox(gated)
    assert shop.running.status(waiting["id"]) == "cancelled"
    check_problem(shop.running.get(f"/v1/mailboxes/{gated}"), 404)
    again = {"address": box["address"]}
    check_problem(shop.running.post("/v1/mailboxes", again, by="administration"), 409)


def test_settings_that_have_one_value_are_taken_and_others_refused(shop: Shop, gated: str) -> None:
    client = shop.running.clients["administration"]
    path = f"/v1/mailboxes/{gated}"
    good = {"mcp_configured": 1, "scheduling_enabled": True, "default_gate_timing": "gate_first"}
    assert client.patch(f"{path}/configure", json=good).status_code == 200
    for bad in ({"ai_disclosure": 0}, {"forward_inbound": 1}, {"webhook_url": "https://x.example"}):
        check_problem(client.patch(path, json=bad), 422, next(iter(bad)))


def test_what_a_mailbox_adds_is_in_the_message(shop: Shop, gated: str) -> None:
    changes = {"auto_cc": "cc@yourstore.example", "signature_block": "The shop"}
    shop.admin.update_mailbox(gated, **changes)
    sent = shop.running.get(f"/v1/emails/{send(shop, gated, 'a@b.example')['id']}").json()
    assert sent["cc"] == ["cc@yourstore.example"]
    assert sent["text"] == "Hello.\n\nThe shop"
    shop.admin.update_mailbox(gated, auto_cc=None)
    assert shop.running.get(f"/v1/mailboxes/{gated}").json()["auto_cc"] is None


@pytest.mark.parametrize("name", ["address", "address_local", "address_local_part"])
def test_a_mailbox_may_be_named_by_its_local_part(shop: Shop, name: str) -> None:
    answer = shop.running.post(
        "/v1/mailboxes", {name: f"by.{name}", "approval_code": None}, by="administration"
    )
    assert answer.json()["address"] == f"by.{name}@yourstore.example"


def test_a_key_that_calls_too_often_waits() -> None:
    now = [0.0]
    callers = Callers(60, clock=lambda: now[0])
    assert [callers.admit("a") for _ in range(60)] == [0] * 60
    assert callers.admit("a") == 1
    assert callers.admit("b") == 0
    now[0] = 1.0
    assert callers.admit("a") == 0
    assert callers.admit("a") == 1
    assert callers.uses()["a"][0] == 61
    assert callers.uses() == {}
    assert [Callers(0).admit("a") for _ in range(1000)] == [0] * 1000
