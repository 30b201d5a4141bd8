"""The table of faults is whole, and every test it names is there."""

import re
from pathlib import Path

import pytest

from tests.faults.cases import CASES, Case

ROOT = Path(__file__).parents[2]


def test_every_fault_is_there_once() -> None:
    assert [case.number for case in CASES] == list(range(1, 70))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_its_tests_are_there(case: Case) -> None:
    assert case.tests
    for test in case.tests:
        path, _, function = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert not function or re.search(rf"^(?:async )?def {function}\(", text, re.MULTILINE), test
