"""The faults as a table: `python -m tests.faults [--long]`, or `make faults`.

Runs every test that the table names and prints a verdict for each fault; `--long` kills 1,000
times and reads 100,000 hostile messages, which takes hours. Exit code 1 when a fault is not held.
"""

import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.cases import CASES, Case

LONG = {"GATEPOST_FAULT_KILLS": "1000", "GATEPOST_FAULT_MIME": "100000"}


class Outcomes:
    """How the tests ended, by file and function."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.said: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.partition("[")[0]
        if report.when == "call" or report.outcome != "passed":
            self.seen[name].add(report.outcome)
            self.seen[name.partition("::")[0]].add(report.outcome)
        if report.when == "call":
            self.said += [line for line in report.capstdout.splitlines() if line.endswith(
                ("crashes", "twice"))]  # fmt: skip

    def verdict(self, case: Case) -> str:
        """held, BROKEN, or not run (what it needs is not here)."""
        ended = set().union(*(self.seen.get(test, {"skipped"}) for test in case.tests))
        if "failed" in ended:
            return "BROKEN"
        return "held" if "passed" in ended else "not run"


def main() -> int:
    if "--long" in sys.argv:
        os.environ.update(LONG)
    outcomes = Outcomes()
    tests = sorted({test for case in CASES for test in case.tests}, key=_place)
    pytest.main([*tests, "-q", "--no-header", "-p", "no:cacheprovider"], plugins=[outcomes])
    group = ""
    for case in CASES:
        if case.group != group:
            group = case.group
            print(f"\n{group}")
        verdict = outcomes.verdict(case)
        print(
            f"  {case.number:>2}  {verdict:<8} {case.fault}" + f" ({case.note})" * bool(case.note)
        )
    print("", *outcomes.said, sep="\n")
    verdicts = [outcomes.verdict(case) for case in CASES]
    counts = {verdict: verdicts.count(verdict) for verdict in ("held", "not run", "BROKEN")}
    print("  ".join(f"{verdict}: {count}" for verdict, count in counts.items()))
    return int("BROKEN" in verdicts)


def _place(test: str) -> tuple[str, int]:
    """Where a test stands: tests of a file may rest on their order."""
    path, _, function = test.partition("::")
    return path, Path(path).read_text("utf-8").find(f"def {function}(")


if __name__ == "__main__":
    sys.exit(main())
