"""Examples are judged, and what they leave untested is named with its place."""

from policy.coverage import run_examples
from policy.loading import load
from policy.rules import Policy
from policy.syntax import Source

TEXT = """\
policy "x"
allow monitored "answers" when kind is reply and confidence >= 0.60
block "never tested" when recipient.erased
example "sure": given kind is reply expect monitored by "answers"
example "doubtful": given kind is reply, confidence is 0.10 expect monitored
"""


def _policy(text: str) -> Policy:
    loaded = load(Source("x.policy", text))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


def test_examples_and_gaps() -> None:
    found = run_examples(_policy(TEXT))
    assert [(one.example.title, one.passed) for one in found.outcomes] == [
        ("sure", True),
        ("doubtful", False),
    ]
    assert [rule.title for rule in found.never_fired] == ["never tested"]
    gaps = {(one.place.line, one.place.column, one.never) for one in found.untested}
    assert gaps == {(2, 32, False), (3, 27, True)}
    assert (found.rules, found.sides) == (2, 6)
    assert found.percent == 100 * (8 - 1 - 2) / 8


def test_the_wrong_rule_fails_an_example_though_the_mode_is_right() -> None:
    text = TEXT.replace('expect monitored by "answers"', 'expect monitored by "never tested"')
    (first, _) = run_examples(_policy(text)).outcomes
    assert not first.passed
    assert first.missing == ("never tested",)


def test_packs_are_asked_only_on_demand() -> None:
    policy = _policy('policy "x"\nuse fraud\n')
    assert run_examples(policy).percent == 100
    assert run_examples(policy, with_packs=True).rules == 3
