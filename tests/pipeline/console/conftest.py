from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.console.support import Shop
from tests.pipeline.console.support import shop as running_shop
from tests.pipeline.sender.support import Sink, sink


@pytest.fixture
def smtp() -> Iterator[Sink]:
    with sink() as handler:
        yield handler


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink) -> Iterator[Shop]:
    with running_shop(tmp_path, smtp) as running:
        yield running
