"""A few failures, then a wait; never for anybody else, and not for ever."""

from pipeline.console.throttle import Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_wait_begins_at_the_limit_and_ends_with_the_window() -> None:
    clock = Clock()
    throttle = Throttle(3, 60, clock)
    for clock.now in (0, 10, 20):
        assert throttle.wait("ada") == 0
        throttle.failed("ada")
    assert throttle.wait("ada") == 40
    assert throttle.wait("ben") == 0
    clock.now = 61
    assert throttle.wait("ada") == 0
    throttle.failed("ada")
    assert throttle.wait("ada") == 9  # until the failure at 10 is a minute old


def test_who_gets_in_starts_over() -> None:
    throttle = Throttle(1, 60, Clock())
    throttle.failed("ada")
    throttle.succeeded("ada")
    assert throttle.wait("ada") == 0


def test_many_names_do_not_fill_the_memory_nor_free_the_newest() -> None:
    throttle = Throttle(1, 60, Clock())
    for number in range(20_001):
        throttle.failed(str(number))
    assert throttle.wait("20000") > 0
    assert throttle.wait("0") == 0
