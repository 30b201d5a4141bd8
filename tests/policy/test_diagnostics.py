"""Every mistake by its code: the wrong example has exactly it, the right one has none.

The renderings are kept in `golden/`. After a wanted change of words, write them anew with
`GATEPOST_WRITE_GOLDEN=1 pytest tests/policy/test_diagnostics.py` and read the difference.
"""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from policy.codes import Code, codes
from policy.diagnostics import Diagnostic, nearest, render_all
from policy.loading import load
from policy.review import overdue
from policy.syntax import Source

GOLDEN = Path(__file__).parent / "golden"
TODAY = date(2026, 11, 24)
ALL = tuple(codes().values())


def _found(text: str, *, in_pack: bool) -> tuple[list[Diagnostic], str]:
    """What a file has, and how it is shown."""
    if in_pack:
        pack = Source("packs/example.policy", text)
        user = Source("shop.policy", 'policy "Shop"\nuse example\n')
        loaded = load(user, available={"example": pack})
    else:
        loaded = load(Source("shop.policy", text))
    late = overdue(loaded.policy, TODAY) if loaded.policy is not None else ()
    found = [*loaded.diagnostics, *late]
    return found, render_all(found, {source.name: source.text for source in loaded.sources})


@pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
def test_the_wrong_example_has_exactly_this_mistake(code: Code) -> None:
    found, shown = _found(code.wrong, in_pack=code.in_pack)
    assert [one.code for one in found] == [code.code], shown
    assert found[0].mend, "a mistake is shown with its mend"
    golden = GOLDEN / f"{code.code}.txt"
    if os.environ.get("GATEPOST_WRITE_GOLDEN"):
        golden.write_text(shown + "\n", "utf-8")
    assert shown + "\n" == golden.read_text("utf-8")


@pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
def test_the_right_example_has_no_mistake(code: Code) -> None:
    found, shown = _found(code.right, in_pack=code.in_pack)
    assert found == [], shown


def test_every_code_is_in_the_catalogue_and_used() -> None:
    package = Path(__file__).parents[2] / "policy"
    used = {
        code
        for module in package.glob("*.py")
        for code in re.findall(r'"(GP\d{4})"', module.read_text("utf-8"))
    }
    assert used == set(codes())
    assert {path.stem for path in GOLDEN.glob("GP*.txt")} == set(codes())


def test_messages_keep_the_house_style() -> None:
    for code in ALL:
        for one in _found(code.wrong, in_pack=code.in_pack)[0]:
            assert "\n" not in one.message
            assert not one.message.endswith(".")
            assert one.message[0] == "`" or one.message[0].islower()


TWENTY = """\
policy "Twenty mistakes"
use frued
tag vip.gold
fact delay: days
fact stars: number from 5 to 1
set risky: {fraud_risk, legal_threat}
define circle: circle
allow monitord "a" when kind is reply
allow monitored "b" when kind == reply
requier gated_send "c"
block "d" when recipient.supressed
block "e" when tags has frued_risk
block "f" when kind is marketng
block "g" when confidence > 90
block "h" when order.age > 30
block "i" when order.age > 2 months
block "j" when kind is reply and unsure or recipient.erased
block "k" when mode is blocked
block "l" when tags has risky
block "m" when order.value > 3 days
require gated_send by 0 of fraud_team "n" when unsure
block "n" when recipient.erased
invariant "o" recipient.erased implies mode is blocked
example "p": given kind is reply expect gated_send by "no such rule"
"""


def test_all_mistakes_of_a_file_show_in_one_run() -> None:
    found, _ = _found(TWENTY, in_pack=False)
    lines = [one.span.line for one in found]
    assert lines == list(range(2, 6)) + list(range(7, 25)), [one.code for one in found]


def test_a_mistake_is_not_reported_again_where_its_name_is_used() -> None:
    text = (
        'policy "Shop"\n'
        "fact stars: number from 5 to 1\n"
        "fact weight = number up to 3\n"
        "define heavy = stars > 3\n"
        "tag vip-gold\n"
        'allow monitored "few stars" if stars < 3\n'
        'block "a" when stars > 3 and heavy\n'
        'block "b" when tags has vip or weight > 2\n'
        'example "c": given stars is 2 expect monitored by "few stars"\n'
    )
    assert [one.span.line for one in _found(text, in_pack=False)[0]] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("frued", ("fraud", "legal"), ("fraud",)),
        ("unsubscribe_link", ("unsubscribe", "copy"), ("unsubscribe",)),
        ("OrderStatus", ("order_status", "other"), ("order_status",)),
        ("colour", ("kind", "intent"), ()),
        ("x", ("kind", "intent"), ()),
    ],
)
def test_only_a_near_name_is_suggested(
    word: str, known: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    assert nearest(word, known) == meant
