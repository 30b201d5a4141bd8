"""One run shows them all: a file with twenty mistakes, twenty diagnostics."""

from policy.loading import load
from policy.syntax import Source

SEEDED = """\
policy "Twenty mistakes"
use frawd
tag fraud_risk
fact refund: money
fact kind: bool
set nobody: {fraud_rsik}
allow monitored "one" when kind == reply
allow monitord "two" when kind is reply
require gated_send "three" when intent is retrun
require gated_send "four" when confidence >= 90
require gated_send "five" when order.age >= 2 months
require gated_send "six" when kind is reply or unsure and recipient.suppressed
require gated_send "seven" when tags has any of {frued_risk}
require gated_send "eight" when mode >= gated_send
block "nine" when recipient.suppresed
block "ten" when content.subject matches "a*b*c"
block "ten" when unsure
alow monitored "twelve"
require "thirteen" with unsubscribed
require "fourteen" hold for at most 3 then block
invariant "fifteen" mode >= gated_send
invariant "sixteen": mode >= gated_sent
example "seventeen": given kind is reply expect monitored by "nobody"
example "eighteen": given knd is reply expect monitored
require gated_send "nineteen" when tags has any of nobody
require "twenty
"""


def test_every_line_with_a_mistake_is_shown_in_one_run() -> None:
    loaded = load(Source("twenty.policy", SEEDED))
    assert loaded.policy is None
    lines = set(range(2, SEEDED.count("\n") + 1)) - {25}  # what 25 uses is wrong in line 6
    assert {one.span.line for one in loaded.diagnostics} == lines, loaded.rendered()
    assert loaded.errors >= 20
    assert all(one.mend or one.label or one.related for one in loaded.diagnostics)
