from pipeline.sender.gate import Gate
from policy.digest import digest
from policy.facts import Facts
from tests.proofs.shop import shop_policy


def test_a_decision_names_its_policy_and_certificate() -> None:
    policy = shop_policy()
    facts = Facts(policy.vocabulary, policy.vocabulary.ordinary())
    kept = Gate(policy, None, "0123456789abcdef").judge_received(facts).as_json()
    assert kept["policy"] == digest(policy)
    assert kept["certificate"] == "0123456789abcdef"
    assert Gate(policy, None).judge_received(facts).as_json()["certificate"] is None
