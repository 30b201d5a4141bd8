"""Settings for every test: Hypothesis never judges time, since machines differ."""

import pytest
from hypothesis import HealthCheck, settings

from tests.needs import missing

settings.register_profile("gatepost", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gatepost")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        is_here, what = mark.args
        if not is_here:
            missing(what)
