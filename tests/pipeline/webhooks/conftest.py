from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.store.support import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "gatepost.db") as opened:
        yield opened
