"""Where the processor time of `gatepost classify` goes: the job itself, with a stopwatch in it.

`python -m benchmarks.batch_costs MBOX OUTPUT` runs the command in this process, with one worker,
and prints JSON: CPU seconds by stage. What a stage calls counts for it and for no other; what no
stage covers is `rest`. The stages are the job's own functions, wrapped, so nothing is imitated.
"""

import sys
import time

_BEGUN = time.process_time()

import json  # noqa: E402  # the interpreter's own start is counted before anything is imported
from collections import defaultdict  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from contextlib import redirect_stdout, suppress  # noqa: E402
from io import StringIO  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks.batch_processes import SHOP  # noqa: E402

STAGES = ("start-up", "model", "plan and policy", "read", "classify", "facts and policy",
          "columns", "mask", "write", "merge", "rest")  # fmt: skip


class Stopwatch:
    """CPU seconds by stage; a stage that calls another is not charged for it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since = time.process_time()

    def enter(self, stage: str) -> None:
        """From here on `stage` is charged."""
        self._charge()
        self._running.append(stage)

    def leave(self) -> None:
        """From here on the stage that called this one is charged."""
        self._charge()
        self._running.pop()

    def _charge(self) -> None:
        now = time.process_time()
        self.seconds[self._running[-1] if self._running else "rest"] += now - self._since
        self._since = now

    def function(self, owner: Any, name: str, stage: str) -> None:
        """Charges every call of `owner.name` to `stage`."""
        called: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **named: Any) -> Any:
            self.enter(stage)
            try:
                return called(*args, **named)
            finally:
                self.leave()

        setattr(owner, name, timed)

    def generator(self, owner: Any, name: str, stage: str) -> None:
        """Charges every step of what `owner.name` yields to `stage`."""
        called: Callable[..., Iterator[Any]] = getattr(owner, name)

        def timed(*args: Any, **named: Any) -> Iterator[Any]:
            steps = called(*args, **named)
            while True:
                self.enter(stage)
                try:
                    step = next(steps)
                except StopIteration:
                    return
                finally:
                    self.leave()
                yield step

        setattr(owner, name, timed)


def main() -> None:
    path, output = sys.argv[1:3]
    watch = Stopwatch()
    watch.enter("start-up")
    import pyarrow.parquet as pq

    from classifier.model import Classifier
    from pipeline.batch import classifying, kernel, parts, preloaded
    from pipeline.cli.main import main as gatepost

    watch.leave()
    watch.function(preloaded, "classifier", "model")
    watch.function(classifying, "_model_digest", "plan and policy")
    watch.function(classifying, "_decider", "plan and policy")
    watch.function(classifying, "plan", "plan and policy")
    watch.generator(parts, "_batches", "read")
    watch.function(Classifier, "classify_many", "classify")
    watch.function(kernel.Kernel, "_decisions", "facts and policy")
    watch.function(parts, "batch_of", "columns")
    watch.function(parts, "_duplicate_key", "columns")
    watch.generator(kernel, "_judged", "columns")
    watch.function(kernel, "findings", "columns")
    watch.function(parts, "masked", "mask")
    watch.function(pq.ParquetWriter, "write_batch", "write")
    watch.function(classifying, "assemble", "merge")
    sys.argv = ["gatepost", "classify", path, "-o", output, "--policy", str(SHOP), "--workers", "1"]
    with redirect_stdout(StringIO()), suppress(SystemExit):
        gatepost()
    watch.enter("rest")
    watch.seconds["start-up"] += _BEGUN
    print(json.dumps({stage: watch.seconds[stage] for stage in STAGES}))


if __name__ == "__main__":
    main()
