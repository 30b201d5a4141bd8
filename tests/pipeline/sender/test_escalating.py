"""What nobody decides in time goes to another team, or ends, as the policy says."""

from pathlib import Path

import pytest

from tests.pipeline.sender.support import EMAIL, POLICY, Sink, policy, serving, wait_for

HOLD = """
require gated_send "a bargain is read before it goes"
  when content.subject contains "bargain"
  route to bargains
  hold for at most 1 seconds then {ending}
"""


@pytest.mark.parametrize(
    ("ending", "status", "team"),
    [("escalate", "held", "night_watch"), ("block", "expired", "bargains")],
)
def test_a_message_that_is_held_too_long(
    tmp_path: Path, smtp: Sink, ending: str, status: str, team: str
) -> None:
    checked = policy(POLICY + HOLD.format(ending=ending))
    with serving(tmp_path, smtp.port, checked=checked, escalation_team="night_watch") as shop:
        answer = shop.post("/v1/emails", {**EMAIL, "subject": "A bargain"}).json()
        assert answer["status"] == "held"
        path = f"/v1/emails/{answer['id']}"
        assert shop.get(path).json()["team"] == "bargains"
        found = wait_for(
            lambda: shop.get(path).json(),
            lambda shown: (shown["status"], shown["team"]) == (status, team),
        )
        assert found["escalates_at"] is None
        assert smtp.got == []
