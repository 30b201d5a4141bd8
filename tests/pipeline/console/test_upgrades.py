"""What the console has besides the queues: files to be saved, and mailboxes to be freed."""

import base64
import re
from collections.abc import Iterator

import pytest

from tests.pipeline.console.support import Shop, shop
from tests.pipeline.sender.support import sink
from tests.pipeline.sender.test_problems import check_problem

FILE = {
    "filename": 'a "b".html',
    "content_type": "text/html",
    "content": base64.b64encode(b"<script>alert(1)</script>").decode(),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with sink() as smtp, shop(tmp_path_factory.mktemp("shop"), smtp) as opened:
        yield opened


def test_a_file_is_saved_and_never_shown(store: Shop) -> None:
    held = store.held(attachments=[FILE])
    with store.reviewer("ada") as ada:
        assert f"/console/messages/{held}/files/0" in ada.page(held)
        answer = ada.get(f"/console/messages/{held}/files/0")
        assert answer.content == b"<script>alert(1)</script>"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert ada.get(f"/console/messages/{held}/files/1").status_code == 404
    with store.visitor() as stranger:
        assert b"alert(1)" not in stranger.get(f"/console/messages/{held}/files/0").content


def test_a_person_sees_who_wants_a_freer_mailbox_and_has_the_code(store: Shop) -> None:
    body = {"address": "freer@yourstore.example"}
    box = store.api.post("/v1/mailboxes", body, by="administration").json()["id"]
    wish = {"target_mode": "monitored"}
    asked = store.api.post(f"/v1/mailboxes/{box}/request-upgrade", wish).json()
    with store.reviewer("ben") as ben:
        assert "freer@yourstore.example" in ben.get("/console/upgrades").text
        shown = ben.post(f"/console/upgrades/{asked['id']}/code").text
        code = re.search(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", shown)
        assert code
        assert code[1] not in ben.get("/console/upgrades").text
    done = store.api.post(f"/v1/mailboxes/{box}/upgrade", {"code": code[1]})
    assert done.json()["status"] == "upgraded"


def test_people_are_let_in_and_shut_out_while_the_service_runs(store: Shop) -> None:
    body = {"name": "cleo", "password": "correct horse battery", "roles": ["fraud_team"]}
    made = store.api.post("/v1/people", body, by="administration")
    assert made.status_code == 201, made.text
    assert made.json()["totp_uri"].startswith("otpauth://totp/")
    check_problem(store.api.post("/v1/people", body, by="administration"), 409)
    short = {**body, "name": "dan", "password": "short"}
    check_problem(store.api.post("/v1/people", short, by="administration"), 422, "password")
    listed = store.api.get("/v1/people", by="administration")
    assert "cleo" in [one["name"] for one in listed.json()["people"]]
    assert made.json()["totp_secret"] not in listed.text
    import pyotp

    with store.visitor() as cleo:
        code = pyotp.TOTP(made.json()["totp_secret"]).now()
        assert "Waiting" in cleo.sign_in("cleo", body["password"], code).text
        renewed = store.api.post(
            "/v1/people/cleo/renew", {"password": "another horse battery"}, by="administration"
        ).json()
        assert renewed["roles"] == ["fraud_team"]
        assert "Waiting for a person" not in cleo.get("/console/").text
        code = pyotp.TOTP(made.json()["totp_secret"]).now()
        assert "is wrong" in cleo.sign_in("cleo", body["password"], code).text
        code = pyotp.TOTP(renewed["totp_secret"]).now()
        assert "Waiting" in cleo.sign_in("cleo", "another horse battery", code).text
        gone = store.api.clients["administration"].delete("/v1/people/cleo")
        assert gone.json()["status"] == "disabled"
        assert "Waiting for a person" not in cleo.get("/console/").text


def test_an_agent_lets_nobody_in(store: Shop) -> None:
    body = {"name": "administering agent", "scopes": ["admin"]}
    made = store.api.post("/v1/api-keys", body, by="administration").json()
    answer = store.api.post(
        "/v1/people",
        {"name": "eve", "password": "correct horse battery"},
        headers={"Authorization": f"Bearer {made['key']}"},
    )
    check_problem(answer, 403)
    answer = store.api.post(
        "/v1/people/ada/renew",
        {"password": "correct horse battery"},
        headers={"Authorization": f"Bearer {made['key']}"},
    )
    check_problem(answer, 403)
