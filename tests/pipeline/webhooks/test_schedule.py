from datetime import UTC, datetime

import pytest

from pipeline.webhooks.schedule import ATTEMPTS, next_wait, retry_after

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_waits_grow_and_end() -> None:
    waits = [next_wait(attempts) for attempts in range(1, ATTEMPTS)]
    assert all(wait is not None for wait in waits)
    assert 4 <= (waits[0] or 0) <= 6
    assert 69_120 <= (waits[-1] or 0) <= 103_680
    assert next_wait(ATTEMPTS) is None


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    assert next_wait(1, 120.0) == 120.0
    assert next_wait(1, 10_000_000.0) == 86_400
    assert (next_wait(2, 0.0) or 0) >= 240


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0), ("soon", None), ("-1", None),
     ("Thu, 01 Jan 2025 00:00:00 GMT", 0.0), ("9" * 400, 86_400.0)],
)  # fmt: skip
def test_retry_after_in_both_its_forms(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
