"""A held message through a reviewer's hands."""

from tests.pipeline.console.support import Shop


def test_an_approved_message_leaves_once_under_the_persons_name(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada:
        page = ada.page(identity)
        for shown in ("Why it is held", "fraud", "packs/fraud.policy:", "customer@example.org"):
            assert shown in page
        answer = ada.approve(identity)
        assert answer.status_code == 200
        assert "Approved. It leaves when its time comes." in answer.text
        assert shop.api.until(identity, "sent") == "sent"
        assert "Nothing is left to decide" in ada.page(identity)
        assert ada.get("/console/sent").text.count(identity) == 1
    assert len(shop.smtp.got) == 1
    given = shop.api.get(f"/v1/emails/{identity}").json()["approvals_given"]
    assert [(one["person"], one["role"]) for one in given] == [("ada", "fraud_team")]
