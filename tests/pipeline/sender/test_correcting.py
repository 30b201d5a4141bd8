"""Corrections over the API: decided anew, never approved by the same hand."""

from tests.pipeline.sender.support import EMAIL, FRAUD, Running, Sink


def hold(service: Running) -> dict:
    identity = service.post("/v1/emails", FRAUD).json()["id"]
    return service.get(f"/v1/emails/{identity}").json()


def test_an_edit_is_decided_anew_and_not_approved_by_who_edited(
    service: Running, smtp: Sink
) -> None:
    held = hold(service)
    path = f"/v1/emails/{held['id']}/edit"
    words = {"subject": "Order update", "version": held["version"]}
    edited = service.post(path, words, by="oversight")
    assert edited.status_code == 200, edited.text
    assert edited.json()["subject"] == "Order update"
    assert edited.json()["text"].strip() == FRAUD["text"]
    assert edited.json()["status"] == "held"
    assert service.post(path, words, by="oversight").status_code == 409  # of the old version
    approval = {"email_id": held["id"], "action": "approve", "version": edited.json()["version"]}
    refused = service.post("/v1/oversight/decide", approval, by="oversight")
    assert refused.status_code == 409
    assert "nobody approves a message of their own" in refused.json()["detail"]
    assert smtp.got == []


def test_an_edit_is_checked_like_a_new_message(service: Running) -> None:
    held = hold(service)
    path = f"/v1/emails/{held['id']}/edit"
    for words in ({"subject": "a\r\nBcc: x@y.example"}, {"text": "", "html": ""}, {}):
        answer = service.post(path, {**words, "version": held["version"]}, by="oversight")
        assert answer.status_code == 422, words
    assert service.get(f"/v1/emails/{held['id']}").json()["version"] == held["version"]


def test_only_a_key_for_oversight_corrects(service: Running) -> None:
    held = hold(service)
    words = {"subject": "Words", "version": held["version"]}
    assert service.post(f"/v1/emails/{held['id']}/edit", words).status_code == 403
    body = {"email_id": held["id"]}
    assert service.post("/v1/oversight/clear-fraud", body).status_code == 403


def test_a_cleared_message_is_decided_anew(service: Running) -> None:
    held = hold(service)
    body = {"email_id": held["id"]}
    answer = service.post("/v1/oversight/clear-fraud", body, by="oversight")
    assert answer.status_code == 200, answer.text
    assert service.until(held["id"], "sent", "held") == "sent"
    sent = service.post("/v1/emails", EMAIL).json()["id"]
    service.until(sent, "sent")
    again = service.post("/v1/oversight/clear-fraud", {"email_id": sent}, by="oversight")
    assert again.status_code == 409


def test_an_edit_is_told_with_who_when_and_what_until_it_is_erased(service: Running) -> None:
    held = service.post("/v1/emails", FRAUD).json()
    assert service.get(f"/v1/emails/{held['id']}").json()["edits"] == []
    path = f"/v1/emails/{held['id']}/edit"
    for subject in ("First words", "Second words"):
        version = service.get(f"/v1/emails/{held['id']}").json()["version"]
        answer = service.post(path, {"version": version, "subject": subject}, by="oversight")
        assert answer.status_code == 200, answer.text
    first, second = answer.json()["edits"]
    assert first["person"] == second["person"] == "first overseer"
    assert second["changes"] == [
        {
            "field": "subject", "before": "First words", "after": "Second words",
            "difference": [
                {"change": "deleted", "text": "First"},
                {"change": "inserted", "text": "Second"},
                {"change": "same", "text": " words"},
            ],
        }
    ]  # fmt: skip
    assert first["changes"][0]["before"] == FRAUD["subject"]
    log = service.get("/v1/audit-log", by="administration").json()["entries"]
    details = [one["metadata"] for one in log if one["action"].startswith("edit")]
    assert len({one["draft_sha256"] for one in details}) == 2
    assert details[0]["draft_sha256_before"] == details[1]["draft_sha256"]  # latest first
    assert "words" not in str(details)
    known = service.post(
        "/v1/privacy/find", {"address": "customer@example.org"}, by="administration"
    )
    assert "First words" in known.text
    service.post("/v1/privacy/erase", {"address": "customer@example.org"}, by="administration")
    after = service.get(f"/v1/emails/{held['id']}").json()["edits"]
    assert [(one["person"], one["changes"]) for one in after] == [("first overseer", None)] * 2
    export = service.get("/v1/export", by="administration").json()
    assert [one["before"] for one in export["edits"]] == [None, None]
    assert "draft" in export["emails"][0]
