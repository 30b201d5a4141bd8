"""The auditor's page: every rule with its source, every claim with its verdict, safe as HTML."""

from policy.loading import load
from policy.page import blocks, to_html, to_markdown
from policy.rules import Policy
from policy.syntax import Source
from tests.policy.test_loading import SHOP


def _policy(text: str) -> Policy:
    loaded = load(Source("shop.policy", text))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


def test_every_rule_source_and_claim_stands_on_the_page() -> None:
    shop = _policy(SHOP.read_text("utf-8"))
    page = to_markdown(blocks(shop, {"erased is erased": "Proved for all messages."}))
    for rule in shop.rules:
        assert f"### {rule.title}\n" in page
        assert str(rule.span) in page
        if rule.because:
            assert rule.because in page
    for claim in (*shop.invariants, *shop.promises):
        assert f"### {claim.title}\n" in page
    assert "`recipient.erased implies mode is blocked`. **Proved for all messages.**" in page
    assert page.count("not proved on this page") == len(shop.invariants) + len(shop.promises) - 1


def test_a_claim_names_its_owner_and_source() -> None:
    policy = _policy(
        'policy "p"\ninvariant "kept": recipient.erased implies mode is blocked\n'
        '  because "GDPR art. 17(1)"\n  owner compliance\n'
    )
    page = to_markdown(blocks(policy, {}))
    assert "- Source: GDPR art. 17(1)\n- Owner: compliance\n- Place: `shop.policy:2`" in page


def test_html_shows_words_and_runs_none() -> None:
    policy = _policy('policy "<b>&"\nblock "<script>" when content.subject contains "<i>`"\n')
    page = to_html(blocks(policy, {}), policy.name)
    assert "<script>" not in page
    assert "<h3>&lt;script&gt;</h3>" in page
    assert "<title>&lt;b&gt;&amp;</title>" in page
