"""Who gets in, and which requests count as a person's."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import time

import pyotp
import pytest
from sqlalchemy import Connection, select

from pipeline.console import signing_in
from pipeline.console.passwords import password_matches
from pipeline.console.signing_in import local_path
from pipeline.store.database import read_store
from pipeline.store.tables import audit, message, metadata, session, webhook_progress
from tests.pipeline.console.support import PASSWORD, SECRET, Shop

ACTS = ["approve", "reject", "edit", "clear-fraud", "take-back", "resolve"]


def test_without_signing_in_there_is_only_the_form(shop: Shop) -> None:
    identity = shop.held()
    with shop.visitor() as visitor:
        assert "from your authenticator app" in visitor.get("/console").text
        answer = visitor.get(f"/console/messages/{identity}")
        assert str(answer.url).endswith(f"/console/sign-in?next=%2Fconsole%2Fmessages%2F{identity}")
        assert "I did not order this" not in answer.text
        for act in ACTS:
            visitor.post(f"/console/messages/{identity}/{act}", version="1.1.1", outcome="sent")
    assert shop.api.status(identity) == "held"


def test_each_of_the_three_must_be_right_and_a_code_works_once(shop: Shop) -> None:
    code = pyotp.TOTP(SECRET).now()
    with shop.visitor() as visitor:
        assert visitor.sign_in("nobody", code=code).status_code == 401
        assert visitor.sign_in("ada", password="wrong", code=code).status_code == 401
        wrong = pyotp.TOTP(SECRET).at(int(time()) + 3600)
        assert visitor.sign_in("ada", code=wrong).status_code == 401
        assert visitor.sign_in("ada", code=code).status_code == 200
    with shop.visitor() as thief:
        assert thief.sign_in("ada", code=code).status_code == 401


def test_who_is_renewed_while_signing_in_needs_the_new_password(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renewed_after(password: str, known: str | None) -> bool:
        matches = password_matches(password, known)
        body = {"password": "another horse battery"}
        shop.api.post("/v1/people/ada/renew", body, by="administration")
        return matches

    monkeypatch.setattr(signing_in, "password_matches", renewed_after)
    with shop.visitor() as visitor:
        assert visitor.sign_in("ada").status_code == 401
        assert "from your authenticator app" in visitor.get("/console/").text


def test_after_many_failures_even_the_right_password_waits(shop: Shop) -> None:
    with shop.visitor() as visitor:
        for _ in range(10):
            visitor.sign_in("ada", password="guess")
        assert visitor.sign_in("ada").status_code == 429
        assert visitor.sign_in("ben").status_code == 200  # who has not failed gets in


def test_the_cookie_is_out_of_reach_and_dies_with_signing_out(shop: Shop) -> None:
    with shop.visitor() as ada:
        ada.client.follow_redirects = False
        header = ada.sign_in("ada").headers["set-cookie"]
        for word in ("HttpOnly", "SameSite=lax", "Path=/"):
            assert word in header
        token = ada.client.cookies["gatepost"]
        ada.post("/console/sign-out")
        assert "gatepost" not in ada.client.cookies
    with shop.visitor() as thief:
        thief.client.cookies.set("gatepost", token)
        assert "from your authenticator app" in thief.get("/console/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_another_sites_form_is_refused(shop: Shop, headers: dict[str, str]) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada:
        fields = {"version": ada.version(identity)}
        path = f"/console/messages/{identity}/approve"
        refused = ada.client.post(path, data=fields, headers=headers)
        assert refused.status_code == 403
        assert "did not come from this console" in refused.text
        assert shop.api.status(identity) == "held"
        ours = ada.client.post(path, data=fields, headers={"Origin": shop.api.url})
        assert ours.status_code == 200


def test_no_get_changes_anything(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada, unchanged(shop):
        for path in (
            "", "unknown", "sent", "sent?only=monitored", "sending", "sending/pause",
            "sending/resume", "sign-out", f"messages/{identity}", f"messages/{identity}/html",
            *(f"messages/{identity}/{act}?version=1.1.1&outcome=sent" for act in ACTS),
        ):  # fmt: skip
            assert ada.get(f"/console/{path}").status_code in {200, 405}


@contextmanager
def unchanged(shop: Shop) -> Iterator[None]:
    def rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
        return {
            name: [tuple(row) for row in connection.execute(select(table))]
            for name, table in metadata.tables.items()
            if name != webhook_progress.name  # how far its worker has read: moves by itself
        }

    def everything() -> dict[str, list[tuple[object, ...]]]:
        return read_store(shop.store, rows)

    before = everything()
    assert before[message.name]
    assert before[session.name]
    assert before[audit.name]
    yield
    assert everything() == before


def test_a_form_is_only_offered_where_nobody_listens(shop: Shop) -> None:
    with shop.visitor() as visitor:
        answer = visitor.client.get("/console/sign-in", headers={"Host": "gate.example"})
        assert answer.status_code == 400
        assert "needs https" in answer.text
        proxied = {"Host": "gate.example", "X-Forwarded-Proto": "https"}
        assert visitor.client.get("/console/sign-in", headers=proxied).status_code == 200
        code = pyotp.TOTP(SECRET).now()
        entered = visitor.client.post(
            "/console/sign-in", follow_redirects=False,
            data={"name": "ada", "password": PASSWORD, "code": code},
            headers={**proxied, "Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
        cookie = entered.headers["set-cookie"]
        assert cookie.startswith("__Host-gatepost=")
        assert "Secure" in cookie
        assert "Domain" not in cookie


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/console/\\evil", "/console/\n", "", "/docs"],
)
def test_no_link_leads_elsewhere_after_signing_in(path: str) -> None:
    assert local_path(path) == "/console/"


def test_a_link_to_a_page_of_ours_leads_there() -> None:
    assert local_path("/console/messages/1?x=y") == "/console/messages/1?x=y"


def test_what_is_not_there_is_a_page_too(shop: Shop) -> None:
    with shop.reviewer("ada") as ada:
        for path in ("/console/nothing", "/console/messages/0", "/console/static/../app.py"):
            answer = ada.get(path)
            assert answer.status_code == 404, path
        assert "There is no such message" in ada.get("/console/messages/0").text
