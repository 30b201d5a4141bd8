from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.sender.support import Running, Sink, serving, sink


@pytest.fixture
def smtp() -> Iterator[Sink]:
    with sink() as handler:
        yield handler


@pytest.fixture
def service(tmp_path: Path, smtp: Sink) -> Iterator[Running]:
    with serving(tmp_path, smtp.port) as running:
        yield running
