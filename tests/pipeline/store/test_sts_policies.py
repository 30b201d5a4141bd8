"""The policies that domains announced, as the store keeps them on either database."""

from functools import partial

from pipeline.mail.mta_sts import StsPolicy
from pipeline.store.sts_policies import FetchedPolicy, keep_policy, kept_policy
from tests.pipeline.store.support import Session

NOW = 1_800_000_000_000


def fetched(identity: str, at: int = NOW, mode: str = "enforce") -> FetchedPolicy:
    policy = StsPolicy(mode, 1000, ("mail.shop.example", "*.shop.example"))  # type: ignore[arg-type]  # one of them
    return FetchedPolicy(identity, policy, at)


def test_what_was_fetched_last_is_kept_as_it_was(session: Session) -> None:
    for one in (fetched("1"), fetched("2", NOW + 5, "testing")):
        session.write(partial(keep_policy, domain="shop.example", fetched=one))
        assert session.read(partial(kept_policy, domain="shop.example")) == one
    assert session.read(partial(kept_policy, domain="other.example")) is None


def test_what_is_over_is_dropped_when_another_is_kept(session: Session) -> None:
    session.write(partial(keep_policy, domain="a.example", fetched=fetched("1")))
    for at, there in ((NOW + 1_000_000, True), (NOW + 1_000_001, False)):
        session.write(partial(keep_policy, domain="b.example", fetched=fetched("1", at)))
        assert (session.read(partial(kept_policy, domain="a.example")) is not None) is there
