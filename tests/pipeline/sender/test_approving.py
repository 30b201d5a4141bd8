"""An approval is held against what is known when it is given, not when the message was held."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sender.approving import more_demanded
from tests.pipeline.sender.support import EMAIL, POLICY, Running, Sink, policy, serving, sink
from tests.pipeline.store.postgres import Server, postgres

__all__ = ["postgres"]

LIMIT = 3
RULES = f"""
block "three a day"
  when recipient.messages_24h >= {LIMIT}

require gated_send by returns_team "the second one of a day is read"
  when recipient.messages_24h >= 2 and content.subject contains "please"

require gated_send "what begs is read"
  when content.subject contains "please"
"""
BEGGING = {**EMAIL, "subject": "Order #1001, please"}
people = (f"{number}@approved.example" for number in count())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with those rules, which hands nothing over: what it lets go stays queued."""
    folder = tmp_path_factory.mktemp("service")
    with sink() as smtp, serving(folder, smtp.port, checked=policy(POLICY + RULES)) as running:
        running.post("/v1/service/pause", {}, by="oversight").raise_for_status()
        yield running


def hand_in(shop: Running, email: dict[str, Any], to: str) -> dict[str, Any]:
    answer = shop.post("/v1/emails", {**email, "to": to})
    assert answer.status_code == 202, answer.text
    return shop.get(f"/v1/emails/{answer.json()['id']}").json()


def approve(shop: Running, held: dict[str, Any], by: str = "oversight") -> httpx.Response:
    body = {"email_id": held["id"], "action": "approve", "version": held["version"]}
    return shop.post("/v1/oversight/decide", body, by=by)


def test_an_approval_counts_what_went_to_the_person_since(shop: Running) -> None:
    held = hand_in(shop, BEGGING, to := next(people))
    assert held["status"] == "held"
    for _ in range(LIMIT):
        assert hand_in(shop, EMAIL, to)["status"] == "queued"
    refused = approve(shop, held)
    assert refused.status_code == 409
    assert "the policy demands more than you were shown: three a day" in refused.json()["detail"]
    now = shop.get(f"/v1/emails/{held['id']}").json()
    assert now["status"] == "blocked"
    assert now["reasons"][0]["title"] == "three a day"


def test_what_asks_for_more_is_held_again_and_can_be_approved_for_that(shop: Running) -> None:
    held = hand_in(shop, BEGGING, to := next(people))
    for _ in range(2):
        hand_in(shop, EMAIL, to)
    refused = approve(shop, held)
    assert refused.status_code == 409
    assert (
        "the second one of a day is read; approval by 1 of returns_team"
        in (refused.json()["detail"])
    )
    again = shop.get(f"/v1/emails/{held['id']}").json()
    assert again["status"] == "held"
    assert again["version"] != held["version"]
    assert "the second one of a day is read" in [one["title"] for one in again["reasons"]]
    assert approve(shop, held).status_code == 409  # it is not what is asked about any more
    assert approve(shop, again).json()["status"] == "queued"


def test_what_changed_and_matters_to_no_rule_voids_no_approval(shop: Running) -> None:
    held = hand_in(shop, BEGGING, to := next(people))
    hand_in(shop, EMAIL, to)
    assert approve(shop, held).json()["status"] == "queued"


def test_whoever_may_not_approve_has_nothing_decided_anew(shop: Running) -> None:
    held = hand_in(shop, BEGGING, to := next(people))
    for _ in range(LIMIT):
        hand_in(shop, EMAIL, to)
    assert approve(shop, held, by="sending").status_code == 403
    stale = approve(shop, {**held, "version": "0.0.0"})
    assert "the message changed since" in stale.json()["detail"]
    assert shop.get(f"/v1/emails/{held['id']}").json()["version"] == held["version"]


@pytest.mark.parametrize(
    "where", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_no_haste_of_approving_gets_more_to_a_person_than_the_policy_lets(
    tmp_path: Path, smtp: Sink, where: str, request: pytest.FixtureRequest
) -> None:
    store = None
    if where == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        store = server.new_database()
    with serving(tmp_path, smtp.port, checked=policy(POLICY + RULES), store=store) as shop:
        held = [hand_in(shop, BEGGING, "same@approved.example") for _ in range(8)]
        with ThreadPoolExecutor(8) as at_once:
            first = list(at_once.map(lambda one: approve(shop, one), held))
            assert 1 <= sum(one.is_success for one in first) <= LIMIT
        for one in held:  # and whatever was held again is approved for what it is now
            approve(shop, shop.get(f"/v1/emails/{one['id']}").json())
        states = Counter(shop.status(one["id"]) for one in held)
    assert states["blocked"] == 8 - LIMIT
    assert states["sent"] + states["sending"] + states["queued"] == LIMIT


@settings(max_examples=8, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=4, max_size=10))
def test_in_no_order_do_more_leave_than_the_limit(shop: Running, acts: list[int | None]) -> None:
    """None hands in what needs no approval, an even number what does, an odd one approves."""
    to, flowing, held = next(people), list[str](), list[str]()
    for act in acts:
        if act is None:
            flowing.append(hand_in(shop, EMAIL, to)["id"])
        elif act % 2 == 0:
            held.append(hand_in(shop, BEGGING, to)["id"])
        elif held:
            approve(shop, shop.get(f"/v1/emails/{held[act % len(held)]}").json())
    assert sum(shop.status(one) == "queued" for one in (*flowing, *held)) <= LIMIT


def reason(kind: str, mode: str | None = None, title: str = "b") -> dict[str, Any]:
    return {"kind": kind, "title": title, "source": "x:1", **({"mode": mode} if mode else {})}


def judgement(**changed: Any) -> dict[str, Any]:
    shown = [reason("require", "gated_send", "a")]
    return {"mode": "gated_send", "reasons": shown, "obligations": ["route to a"]} | changed


@pytest.mark.parametrize(
    ("now", "more"),
    [
        ({}, ()),
        ({"reasons": [], "obligations": [], "mode": "monitored"}, ()),
        ({"mode": "blocked"}, ("the mode blocked",)),
        ({"obligations": ["route to a", "copy to oversight"]}, ("copy to oversight",)),
        ({"reasons": [reason("block", "blocked")]}, ("b",)),
        ({"reasons": [reason("require", "gated_all")]}, ("b",)),
        ({"reasons": [reason("require", "monitored")]}, ()),
        ({"reasons": [reason("allow", "monitored")]}, ()),
        ({"reasons": [reason("doubt")]}, ("b",)),
        ({"reasons": [reason("fail_closed")]}, ()),
    ],
)
def test_more_is_what_holds_binds_or_blocks_and_was_not_shown(
    now: dict[str, Any], more: tuple[str, ...]
) -> None:
    assert more_demanded(judgement(**now), judgement()) == more
