"""How long functions take, all calls together: for benchmarks that split what they measure."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter, thread_time
from typing import Any
from unittest.mock import patch

__all__ = ["Within", "time_within"]


@dataclass(slots=True)
class Within:
    """Seconds by the clock, and of CPU of the threads that called."""

    seconds: float = 0.0
    cpu: float = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, whose calls add up here."""

        def call(*arguments: Any, **named: Any) -> Any:
            clock, cpu = perf_counter(), thread_time()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds += perf_counter() - clock
                self.cpu += thread_time() - cpu

        return call


@contextmanager
def time_within(functions: Sequence[tuple[Any, str]]) -> Iterator[Within]:
    """The time within functions, each given by the module or class that has it and its name.

    None of them may call another one, or it counts twice.
    """
    within = Within()
    with ExitStack() as stack:
        for owner, name in functions:
            stack.enter_context(patch.object(owner, name, within.timed(getattr(owner, name))))
        yield within
