"""Many messages in one request: several at once, what touches the same people in turn."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sender.requests import EmailRequest
from pipeline.sender.routes.batches import in_turn
from tests.pipeline.sender.support import EMAIL, FRAUD, POLICY, Running, Sink, policy, serving, sink


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sink() as smtp, serving(tmp_path_factory.mktemp("service"), smtp.port) as running:
        yield running


def batch(service: Running, emails: list[dict[str, Any]], key: str = "") -> list[dict[str, Any]]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = service.post("/v1/emails/batch", {"emails": emails}, headers=headers)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_a_hundred_messages_are_answered_in_their_order(service: Running) -> None:
    emails = [{**EMAIL, "to": f"{n}@many.example", "tags": [f"n-{n}"]} for n in range(100)]
    emails[7] = {**emails[7], "subject": "a\nb"}
    emails[8] = {**FRAUD, "to": "8@many.example"}
    results = batch(service, emails, "hundred")
    assert [one["index"] for one in results] == list(range(100))
    labels = [one.get("labels") for one in results]
    assert labels == [[f"n-{n}"] if n not in (7, 8) else None if n == 7 else [] for n in range(100)]
    assert (results[7]["status"], results[8]["status"]) == (422, "held")
    again = batch(service, emails, "hundred")
    assert [one.get("id") for one in again] == [one.get("id") for one in results]
    assert all(one["repeated"] for one in again if "id" in one)


def test_messages_to_the_same_person_do_not_stand_in_each_others_way(service: Running) -> None:
    results = batch(service, [{**EMAIL, "to": "same@many.example"} for _ in range(12)])
    assert len({one["id"] for one in results}) == 12


@pytest.mark.parametrize("waiting", [False, True], ids=["handed over", "waiting to leave"])
def test_no_haste_gets_more_to_a_person_than_the_policy_lets(
    tmp_path: Path, smtp: Sink, waiting: bool
) -> None:
    limit = 'block "ten a day"\n  when recipient.messages_24h >= 10\n'
    with serving(tmp_path, smtp.port, checked=policy(f"{POLICY}\n{limit}")) as running:
        if waiting:
            running.post("/v1/service/pause", {}, by="oversight").raise_for_status()
        with ThreadPoolExecutor(16) as at_once:
            answers = list(at_once.map(lambda _: running.post("/v1/emails", EMAIL), range(24)))
        states = Counter(one.json()["status"] for one in answers)
    assert states == {"queued": 10, "blocked": 14}


def test_the_first_of_two_with_one_key_is_the_one_that_is_kept(service: Running) -> None:
    one = {**EMAIL, "to": "key@many.example", "idempotency_key": "once"}
    other = {**EMAIL, "to": "other@many.example", "idempotency_key": "once"}
    first, second, third = batch(service, [one, one, other])
    assert (first["id"], first["repeated"]) == (second["id"], False)
    assert second["repeated"]
    assert (third["status"], third["field"]) == (409, "idempotency_key")


messages = st.lists(
    st.builds(
        lambda to, cc, thread, key: EmailRequest.model_validate(
            {
                "from": "a@b.example", "subject": "s", "text": "t", "to": f"{to}@c.example",
                "cc": [f"{one}@C.example" for one in cc], "in_reply_to": thread,
                "idempotency_key": key,
            }
        ),
        st.integers(0, 9),
        st.lists(st.integers(0, 9), max_size=2),
        st.sampled_from([None, None, "<x@y.example>"]),
        st.sampled_from([None, None, "k"]),
    ),
    max_size=8,
)  # fmt: skip


def related(one: EmailRequest, other: EmailRequest) -> bool:
    people = [{box.address.casefold() for box, _ in two.recipients} for two in (one, other)]
    return bool(people[0] & people[1]) or any(
        first is not None and first == second
        for first, second in (
            (one.in_reply_to, other.in_reply_to),
            (one.idempotency_key, other.idempotency_key),
        )
    )


@given(messages)
def test_what_has_nothing_in_common_is_taken_at_once_and_all_else_in_turn(
    given: list[EmailRequest],
) -> None:
    groups = in_turn(dict(enumerate(given)))
    assert sorted(place for group in groups for place in group) == list(range(len(given)))
    assert all(group == sorted(group) for group in groups)
    of = {place: number for number, group in enumerate(groups) for place in group}
    for first, one in enumerate(given):
        for second, other in enumerate(given):
            if related(one, other):
                assert of[first] == of[second]
    for group in groups:  # and nothing is in a group that is not, by some chain, related to it
        reached, left = {group[0]}, set(group[1:])
        while step := {n for n in left if any(related(given[n], given[m]) for m in reached)}:
            reached |= step
            left -= step
        assert not left
