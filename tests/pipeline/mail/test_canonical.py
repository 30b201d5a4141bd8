import hashlib

import dkim
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.mail.canonical import Canonical, base64_of, canonical_form

_RELAXED = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
_PIECES = [b"a", b"b: c", b" ", b"\t", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b":", b"X: y\r\n"]


def by_dkimpy(raw: bytes) -> Canonical:
    headers, body = dkim.rfc822_parse(raw)
    fields = (
        (name.decode("ascii"), value) for name, value in _RELAXED.canonicalize_headers(headers)
    )
    body_hash = hashlib.sha256(_RELAXED.canonicalize_body(body)).digest()
    return Canonical(tuple(fields), base64_of(body_hash))


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map(b"".join))
@example(b"\r\n\r\n\r\n")
@example(b"\r\n\r\n \t\r\na \t b \r\n \r\n\r\n")
def test_it_is_the_relaxed_form_of_dkimpy(rest: bytes) -> None:
    raw = b"A: b" + rest
    try:
        expected = by_dkimpy(raw)
    except dkim.MessageFormatError:
        return
    assert canonical_form(raw) == expected
