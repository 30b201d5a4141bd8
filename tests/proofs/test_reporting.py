"""What a person reads when a claim is refuted, word for word, in the files of `told`."""

from pathlib import Path

import pytest

from policy.loading import load
from policy.syntax import Source
from proofs.mending import mend
from proofs.reporting import verdict_lines
from proofs.verification import verify

HERE = Path(__file__).parent
TOLD = sorted((HERE / "told").glob("*.txt"))


@pytest.mark.parametrize("told", TOLD, ids=lambda path: path.stem)
def test_a_refutation_is_told_by_message_rules_and_mend(told: Path) -> None:
    broken = HERE / "broken" / f"{told.stem}.policy"
    loaded = load(Source(broken.name, broken.read_text("utf-8")))
    assert loaded.policy is not None
    (verdict,) = verify(loaded.policy).refuted
    lines = verdict_lines(verdict, mend(loaded.policy, verdict))
    assert "\n".join(lines) + "\n" == told.read_text("utf-8")


def test_every_kind_of_refutation_is_there() -> None:
    assert {"card_pack_dropped", "receive_tag_frees", "holds_everything"} <= {
        told.stem for told in TOLD
    }
