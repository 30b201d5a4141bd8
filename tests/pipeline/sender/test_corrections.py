"""People confirm and correct what was read of a message that came in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import typer
from sqlalchemy import Connection, select
from typer.testing import CliRunner

from classifier.digests import text_digest
from pipeline.cli.model_commands.reviews_export import export
from pipeline.mail_samples import samples_in
from pipeline.reviews import examples_in, lines
from pipeline.store.corrections import Labels, received, reviewed
from pipeline.store.database import read_store
from pipeline.store.tables import audit, correction
from tests.pipeline.sender.support import POLICY, Running, policy, serving, sink
from tests.pipeline.sender.support import Labels as Read
from tests.pipeline.sender.test_inbound import ANSWERS, SUPPORT, arrive, letter, read

Result = TypeVar("Result")
BEA = "Bea <bea@example.org>"


class Reader:
    """A classifier that names its model."""

    model = "f" * 64

    def __call__(self, subject: str, text: str, hidden: str, quoted: str) -> Read:
        return read(subject, text, hidden, quoted)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Running]:
    with (
        sink() as smtp,
        serving(
            folder, smtp.port, classify=Reader(), checked=policy(POLICY + ANSWERS), mailbox=SUPPORT
        ) as running,
    ):
        yield running


def reply(shop: Running, number: int, to: str = "ada@example.org") -> dict:
    email = {
        "from": "support@yourstore.example",
        "to": to,
        "subject": "Re: My order",
        "text": "It left us today.",
        "in_reply_to": f"<{number}@example.org>",
    }
    answer = shop.post("/v1/emails", email)
    assert answer.status_code == 202, answer.text
    return answer.json()


def look_at(folder: Path, work: Callable[[Connection], Result]) -> Result:
    return read_store(folder / "gatepost.db", work)


def correct(shop: Running, identity: str, intent: str, *tags: str, by: str = "oversight") -> dict:
    body = {"intent": intent, "tags": list(tags)}
    answer = shop.post(f"/v1/emails/{identity}/correction", body, by=by)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_correction_is_kept_with_its_provenance(shop: Running, folder: Path) -> None:
    identity = arrive(shop, letter("Please take me off the list.", 11))["id"]
    assert correct(shop, identity, "unsubscribe", "opt_out") == {
        "id": identity,
        "before": {"intent": "order_status", "tags": []},
        "after": {"intent": "unsubscribe", "tags": ["opt_out"]},
        "corrected": True,
    }
    # A second person sees the corrected labels, and may take a tag off again.
    again = correct(shop, identity, "unsubscribe")
    assert again["before"] == {"intent": "unsubscribe", "tags": ["opt_out"]}

    def look(connection: Connection) -> None:
        query = select(correction).where(correction.c.message == identity)
        rows = connection.execute(query.order_by(correction.c.id)).mappings().all()
        assert [(one["field"], one["label_before"], one["label_after"]) for one in rows] == [
            ("intent", "order_status", "unsubscribe"),
            ("tag", "", "opt_out"),
            ("intent", "unsubscribe", "unsubscribe"),
            ("tag", "opt_out", ""),
        ]
        assert {one["person"] for one in rows} == {"first overseer"}
        digest = text_digest("My order", "Please take me off the list.")
        assert {one["text_sha256"] for one in rows} == {digest}
        assert {one["model"] for one in rows} == {Reader.model}
        assert min(one["at"] for one in rows) > 1_700_000_000_000
        (found,) = (one for one in reviewed(connection) if one.message == identity)
        assert found.read == Labels("order_status", frozenset())
        assert found.labels == Labels("unsubscribe", frozenset())
        acts = connection.execute(
            select(audit.c.detail)
            .where(audit.c.event == "review_labels", audit.c.message == identity)
            .order_by(audit.c.seq)
        )
        assert acts.scalars().all() == [{"changed": 2}, {"changed": 1}]

    look_at(folder, look)


def test_labels_that_were_right_are_confirmed(shop: Running, folder: Path) -> None:
    identity = arrive(shop, letter("Where is it?", 21))["id"]
    other = arrive(shop, letter("And this one?", 22))["id"]
    assert correct(shop, identity, "order_status")["corrected"] is False

    def look(connection: Connection) -> None:
        seen = [one.message for one in reviewed(connection)]
        assert identity in seen
        assert other not in seen
        assert [one.message for one in received(connection, latest=2)] == [identity, other]
        assert [one.message for one in received(connection, latest=1)] == [other]

    look_at(folder, look)


def test_reviewed_mail_is_training_text(shop: Running, folder: Path, tmp_path: Path) -> None:
    identity = arrive(shop, letter("Please wrap it as a gift.", 25))["id"]
    unseen = arrive(shop, letter("Nobody looked at this one.", 26))["id"]
    correct(shop, identity, "product_question", "vulnerable_person", "legal_threat")
    store = str(folder / "gatepost.db")
    (line,) = (one for one in lines(store) if one["message"] == identity)
    assert line["text"] == "Please wrap it as a gift."
    assert line["tags"] == ["legal_threat", "vulnerable_person"]  # in the order of the taxonomy
    assert line["reviews"][0] == {
        "field": "intent", "from": "order_status", "to": "product_question",
        "person": "first overseer", "at": line["reviews"][0]["at"], "model": Reader.model,
    }  # fmt: skip
    # The store and the file that is exported from it are the same text to train on.
    file = tmp_path / "reviews.jsonl"
    exported = CliRunner().invoke(app_of(export), [str(file), "--store", store])
    assert exported.exit_code == 0, exported.output
    assert examples_in(str(file)) == examples_in(store)
    (example,) = (one for one in examples_in(store) if one.template == f"review-{identity}")
    assert (example.kind, example.intent) == ("review", "product_question")
    samples = {one.name: one for one in samples_in(store)}
    assert samples[identity].tags == {"legal_threat", "vulnerable_person"}
    assert samples[identity].text.body == "Please wrap it as a gift."
    assert samples[unseen].tags is None
    assert samples[unseen].at is not None


def app_of(verb: Callable[..., None]) -> typer.Typer:
    app = typer.Typer()
    app.command()(verb)
    return app


def test_fraud_that_a_person_finds_holds_the_answers(shop: Running) -> None:
    identity = arrive(shop, letter("Where is it?", 31, author=BEA))["id"]
    assert reply(shop, 31, to="bea@example.org")["mode"] == "monitored"
    correct(shop, identity, "fraud_claim", "fraud_risk")
    assert reply(shop, 31, to="bea@example.org")["mode"] == "gated_all"
    # Taking the word back frees nothing: the case that it opened is closed by a person.
    correct(shop, identity, "order_status")
    assert reply(shop, 31, to="bea@example.org")["mode"] == "gated_all"


def test_what_cannot_be_corrected_is_refused(shop: Running) -> None:
    identity = arrive(shop, letter("Where is it?", 41))["id"]
    path = f"/v1/emails/{identity}/correction"
    assert shop.post(path, {"intent": "billing", "tags": []}).status_code == 403
    unknown = shop.post(path, {"intent": "refunds", "tags": []}, by="oversight")
    assert unknown.status_code == 422
    assert "'refunds' is no intent; write one of order_status" in unknown.text
    misspelt = shop.post(path, {"intent": "refund", "tags": ["fraud"]}, by="oversight")
    assert misspelt.status_code == 422
    assert "'fraud' is no tag" in misspelt.text
    sent = reply(shop, 41)["id"]
    answer = shop.post(
        f"/v1/emails/{sent}/correction", {"intent": "refund", "tags": []}, by="oversight"
    )
    assert answer.status_code == 409
    assert "only the labels of a received message" in answer.text


def test_an_erasure_takes_the_corrections_along(shop: Running, folder: Path) -> None:
    identity = arrive(shop, letter("Where is it?", 51, author="Cy <cy@example.org>"))["id"]
    correct(shop, identity, "refund")
    answer = shop.post("/v1/privacy/erase", {"address": "cy@example.org"}, by="administration")
    assert answer.status_code in {200, 202}, answer.text
    refused = shop.post(
        f"/v1/emails/{identity}/correction", {"intent": "refund", "tags": []}, by="oversight"
    )
    assert refused.status_code == 409

    def look(connection: Connection) -> None:
        query = select(correction).where(correction.c.message == identity)
        assert connection.execute(query).all() == []
        assert identity not in {one.message for one in reviewed(connection)}
        assert identity not in {one.message for one in received(connection, latest=99)}

    look_at(folder, look)
