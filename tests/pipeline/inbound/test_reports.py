import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.inbound.reports import ReportKind, read_report
from tests.pipeline.inbound.letters import OURS, bounce, complaint


def test_a_bounce_says_who_why_and_which_message() -> None:
    report = read_report(bounce())
    assert report is not None
    assert report.header_ids == (OURS,)
    (one,) = report.recipients
    assert one.kind is ReportKind.BOUNCE
    assert one.addresses == ("customer@example.org",)
    assert (one.status, one.detail) == ("5.1.1", "550 5.1.1 no such user")
    assert one.is_lasting


def test_the_address_we_wrote_to_stands_before_the_one_it_was_forwarded_to() -> None:
    report = read_report(bounce(recipient="new@b.example", original_recipient="old@a.example"))
    assert report is not None
    assert report.recipients[0].addresses == ("old@a.example", "new@b.example")


@pytest.mark.parametrize(
    ("status", "answer", "lasting"),
    [
        ("5.1.1", "550 nobody", True),
        ("5.2.1", "550 off", True),
        ("5.1.10", "556 null MX", True),
        ("5.2.2", "552 full", False),
        ("5.7.1", "550 refused by policy", False),
        ("4.4.1", "timed out", False),
        ("5.0.0", "550 5.1.1 nobody", True),
        ("5.0.0", "550 no", False),
    ],
)
def test_only_an_address_that_is_gone_is_lasting(status: str, answer: str, lasting: bool) -> None:
    report = read_report(bounce(status=status, answer=answer))
    assert report is not None
    assert report.recipients[0].is_lasting is lasting


@pytest.mark.parametrize(
    ("action", "kind"), [("delayed", ReportKind.DELAY), ("delivered", ReportKind.DELIVERED)]
)
def test_what_is_no_bounce_is_not_called_one(action: str, kind: ReportKind) -> None:
    report = read_report(bounce(action=action, status="2.1.5"))
    assert report is not None
    assert report.recipients[0].kind is kind
    assert not report.recipients[0].is_lasting


@pytest.mark.parametrize(
    ("kind", "lasting"), [("abuse", True), ("virus", False), ("opt-out", True)]
)
def test_a_complaint_names_the_recipient_and_its_type(kind: str, lasting: bool) -> None:
    report = read_report(complaint(kind=kind))
    assert report is not None
    assert report.header_ids == (OURS,)
    (one,) = report.recipients
    assert (one.kind, one.addresses) == (ReportKind.COMPLAINT, ("customer@example.org",))
    assert one.is_lasting is lasting


def test_a_complaint_may_keep_the_recipient_back() -> None:
    report = read_report(complaint(recipient=None))
    assert report is not None
    assert report.recipients[0].addresses == ()


def test_a_reader_who_says_it_is_no_spam_complains_of_nothing() -> None:
    assert read_report(complaint(kind="not-spam")) is None


def test_without_a_returned_message_the_answered_id_counts() -> None:
    raw = bounce(original="").replace(
        b"Auto-Submitted", b"In-Reply-To: <9@x.example>\r\nAuto-Submitted"
    )
    report = read_report(raw)
    assert report is not None
    assert report.header_ids == ("<9@x.example>",)


def test_internationalised_addresses_are_read() -> None:
    report = read_report(bounce(recipient=r"k\x{E4}the@b.example"))
    assert report is not None
    assert report.recipients[0].addresses == ("käthe@b.example",)


def test_an_ordinary_message_is_no_report() -> None:
    assert read_report(b"From: a@b.example\r\nSubject: multipart/report\r\n\r\nhello") is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_makes_it_raise(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([bounce(), complaint()])))
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=8)
    ):
        raw[place] = value
    report = read_report(bytes(raw))
    for one in report.recipients if report else ():
        assert all(address.isprintable() for address in one.addresses)
        assert one.detail.isprintable()


def test_deep_nesting_is_no_report() -> None:
    inner = b"".join(
        b'Content-Type: multipart/report; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth)
        for depth in range(2000)
    )
    assert read_report(inner) is None
