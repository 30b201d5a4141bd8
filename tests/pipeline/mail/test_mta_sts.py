"""Records and policy files of MTA-STS (RFC 8461), well-formed and not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.mta_sts import PromiseError, StsPolicy, parse_policy, policy_id

POLICY = (
    "version: STSv1\r\nmode: enforce\r\nmx: mail.shop.example\r\nmx: *.shop.example\r\n"
    "max_age: 604800\r\n"
)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
        (["v=STSv1;id=1"], "1"),
        (["v=STSv1; later=yes; id=a"], "a"),
        (["v=spf1 -all", "v=STSv1; id=1;"], "1"),
        ([], None),
        (["v=spf1 -all"], None),
        (["v=STSv1; id=1;", "v=STSv1; id=2;"], None),
        (["v=STSv1;"], None),
        (["v=STSv1; id=no-sign;"], None),
        (["v=STSv1; id=" + "a" * 33], None),
        (["v=STSv10; id=1"], None),
        (["id=1; v=STSv1"], None),
    ],
)
def test_the_record(texts: list[str], found: str | None) -> None:
    assert policy_id(texts) == found


def test_a_policy_file() -> None:
    found = parse_policy(POLICY)
    assert found == StsPolicy("enforce", 604_800, ("mail.shop.example", "*.shop.example"))
    assert parse_policy(POLICY.replace("\r\n", "\n")) == found
    assert parse_policy(POLICY + "later: x\r\nmode: none\r\n") == found  # the first counts
    assert parse_policy("version: STSv1\nmode: none\nmax_age: 1\n").mx == ()
    assert parse_policy(POLICY.replace("604800", "9999999999")).max_age == 31_557_600


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "version"),
        ("<html>", "version"),
        (POLICY.replace("STSv1", "STSv2"), "version"),
        (POLICY.replace("enforce", "report"), "mode"),
        (POLICY.replace("604800", "-1"), "max_age"),
        (POLICY.replace("604800", "٣"), "max_age"),
        (POLICY.replace("mx:", "mt:"), "no mail server"),
        (POLICY.replace("mail.", "*mail."), "no name"),
        (POLICY.replace("*.shop", "*.*.shop"), "no name"),
        (POLICY.replace("mail.shop", "mail .shop"), "no name"),
        (POLICY + "mx: a.example\n" * 300, "more than"),
    ],
)
def test_what_is_no_policy(text: str, why: str) -> None:
    with pytest.raises(PromiseError, match=why):
        parse_policy(text)


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("mail.example", True),
        ("MAIL.Example.", True),
        ("a.shop.example", True),
        ("shop.example", False),
        ("a.b.shop.example", False),
        ("ashop.example", False),
        ("mail.example.evil.example", False),
        ("", False),
    ],
)
def test_which_servers_it_names(host: str, covered: bool) -> None:
    assert StsPolicy("enforce", 1, ("mail.example", "*.shop.example")).covers(host) is covered


@given(st.text(alphabet=st.sampled_from("versionmxag_:* .-1STSvenforcet\r\n\x00ä"), max_size=200))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    try:
        found = parse_policy(f"version: STSv1\nmode: enforce\nmax_age: 1\n{text}")
    except PromiseError:
        return
    assert found.mode == "enforce"
    assert found.mx
    assert all(pattern.isascii() and " " not in pattern for pattern in found.mx)
