"""What a test needs of the machine: absent, it is skipped, or failed under GATEPOST_TEST_ALL.

Only tests of the public evaluation data, which is not part of this repository, may always skip.
"""

import os
from typing import NoReturn

import pytest

__all__ = ["missing", "needs"]


def needs(is_here: object, what: str) -> pytest.MarkDecorator:
    """A mark for a test, or a module's `pytestmark`; `what` says what is needed, and its source."""
    return pytest.mark.needs(bool(is_here), what)


def missing(what: str) -> NoReturn:
    """End the running test, because `what` is not here."""
    if os.environ.get("GATEPOST_TEST_ALL"):
        pytest.fail(f"needs {what}", pytrace=False)
    pytest.skip(f"needs {what}")
