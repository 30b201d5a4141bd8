from pipeline.sender.gate import Gate, Judgement
from policy.digest import digest
from policy.evaluator import decide
from policy.facts import Facts
from tests.proofs.shop import shop_policy


def test_a_decision_names_its_policy_and_certificate() -> None:
    policy = shop_policy()
    facts = Facts(policy.vocabulary, policy.vocabulary.ordinary())
    kept = Gate(policy, None, "0123456789abcdef").judge_received(facts).as_json()
    assert kept["policy"] == digest(policy)
    assert kept["certificate"] == "0123456789abcdef"
    assert Gate(policy, None).judge_received(facts).as_json()["certificate"] is None


def test_what_fires_out_of_caution_says_what_nobody_knew_and_comes_last() -> None:
    policy = shop_policy()
    known = dict(policy.vocabulary.ordinary())
    del known["recipient.region"]
    known |= {"kind": "reply", "intent": "privacy_request", "tags": frozenset({"privacy_request"})}
    facts = Facts(policy.vocabulary, known)
    decision = decide(policy, facts)
    judgement = Judgement(decision.mode, ((facts, decision),), frozenset(), False, "p", "c")
    reasons = judgement.as_json()["reasons"]
    assert isinstance(reasons, list)
    missing = [reason["unknown"] for reason in reasons]
    assert ["recipient.region"] in missing
    for decides in (True, False):
        unsure = [bool(one["unknown"]) for one in reasons if one["decides"] is decides]
        assert unsure == sorted(unsure)
