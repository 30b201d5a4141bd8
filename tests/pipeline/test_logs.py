import io
import json
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.logs import careful, configure_logs

CARD = "4111 1111 1111 1111"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    structlog.reset_defaults()


def test_a_line_is_json_with_time_and_level(written: io.StringIO) -> None:
    structlog.get_logger().warning("route_down", reason="no answer", attempts=3)
    (line,) = written.getvalue().splitlines()
    found = json.loads(line)
    assert found["event"] == "route_down"
    assert (found["level"], found["reason"], found["attempts"]) == ("warning", "no answer", 3)
    assert found["timestamp"].endswith("Z")


def test_no_card_no_address_no_content_whoever_logs_it(written: io.StringIO) -> None:
    log = structlog.get_logger()
    log.error(
        "refused",
        reply=f"550 5.1.1 <ada.lovelace@example.org> your card {CARD} is unknown",
        subject="My secret subject",
        nested={"text": "hello there", "list": [f"{CARD}", b"bytes of a mail"]},
        password="hunter2",
        number=4111_1111_1111_1111,
    )
    try:
        raise ValueError("the words of a customer")
    except ValueError:
        log.exception("defect")
    log.info(f"card {CARD} of bob@example.org")
    everything = written.getvalue()
    for secret in ("4111", "1111 1111", "ada", "bob", "My secret", "hello there", "bytes of",
                   "hunter2", "words of a customer"):  # fmt: skip
        assert secret not in everything
    assert "@example.org" in everything  # which server it was is worth knowing
    assert everything.count("\n") == 3


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(ANYTHING)
def test_whatever_is_logged_can_be_written(value: object) -> None:
    json.dumps(careful(None, "info", {"event": "x", "value": value}))
