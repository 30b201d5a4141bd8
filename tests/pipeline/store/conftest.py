from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.store.postgres import Server, postgres
from tests.pipeline.store.support import Session

__all__ = ["postgres"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """A store, on each database in turn."""
    location: Path | str = tmp_path / "gatepost.db"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        location = server.new_database()
    with Session(location) as opened:
        yield opened


@pytest.fixture
def sqlite_session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "gatepost.db") as opened:
        yield opened


@pytest.fixture
def postgres_pair(postgres: Server) -> Iterator[tuple[Session, Session]]:
    """One store, open in two processes as far as the database can tell."""
    location = postgres.new_database()
    with Session(location) as one, Session(location) as other:
        yield one, other
