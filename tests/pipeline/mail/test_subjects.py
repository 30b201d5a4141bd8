import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mail.subjects import answered_subject, plain_subject


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Re: Your order 1001", "your order 1001"),
        ("AW: WG: Your  order 1001", "your order 1001"),
        ("RE[2]: Your order 1001", "your order 1001"),
        ("回复：Your order 1001", "your order 1001"),
        ("Fwd: Your order 1001", None),
        ("Your order 1001", None),
        ("Re: Hi", None),
        ("Re:", None),
        ("Regarding: Your order", None),
        ("", None),
    ],
)
def test_what_a_subject_answers(subject: str, answered: str | None) -> None:
    assert answered_subject(subject) == answered


@settings(max_examples=60, deadline=None)
@given(st.text("Re: AWfd[2]：x", max_size=30))
def test_an_answer_to_a_subject_answers_it(subject: str) -> None:
    plain = plain_subject(subject)
    assert answered_subject(f"Re: {subject}") == (plain if len(plain) >= 4 else None)
