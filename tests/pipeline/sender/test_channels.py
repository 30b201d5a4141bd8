"""What is told of other channels is known of the person, and only a trusted system may tell it."""

from datetime import UTC, datetime, timedelta

from tests.pipeline.sender.support import EMAIL, Running
from tests.pipeline.sender.test_problems import check_problem


def tell(service: Running, turn: str, channel: str = "chat", **more: object) -> dict:
    body = {"address": "Customer@example.org", "channel": channel, "turn": turn, **more}
    answer = service.post("/v1/channels", body, by="administration")
    assert answer.status_code == 201, answer.text
    return answer.json()


def facts(service: Running) -> dict:
    answer = service.post("/v1/decisions", EMAIL)
    assert answer.status_code == 200, answer.text
    return answer.json()["facts"]


def test_what_is_known_of_the_channels(service: Running) -> None:
    told = {"address": "Customer@example.org", "channel": "chat"}
    assert tell(service, "wrote") == {**told, "waits": True}
    assert tell(service, "answered") == {**told, "waits": False}


def test_the_latest_word_on_any_channel_counts(service: Running) -> None:
    before = facts(service)
    assert (before["case.other_channel_open"], before["case.last_channel"]) == (False, "none")
    assert before["case.last_contact"] == 36_500 * 86_400
    hours = datetime.now(UTC) - timedelta(hours=2)
    tell(service, "wrote", "phone", at=hours.isoformat())
    tell(service, "answered", "social")
    known = facts(service)
    assert (known["case.other_channel_open"], known["case.last_channel"]) == (True, "phone")
    assert 7_200 <= known["case.last_contact"] < 7_300
    tell(service, "answered", "phone", at=(hours - timedelta(hours=1)).isoformat())
    assert facts(service)["case.other_channel_open"] is True  # they wrote after that answer


def test_who_may_tell_and_what(service: Running) -> None:
    body = {"address": "customer@example.org", "channel": "chat", "turn": "answered"}
    assert service.post("/v1/channels", body).status_code == 403  # an agent frees nothing
    future = {**body, "at": "2099-01-01T00:00:00Z"}
    assert (
        "future"
        in check_problem(service.post("/v1/channels", future, by="administration"), 422)["detail"]
    )
    by_mail = {**body, "channel": "email"}
    check_problem(service.post("/v1/channels", by_mail, by="administration"), 422)
