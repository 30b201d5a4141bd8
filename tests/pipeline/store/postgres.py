"""A PostgreSQL server of the tests' own: started once, gone with them."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from pipeline.store.database import Store
from tests.needs import missing

_numbers = count()
_INSTALL = (
    "a PostgreSQL server: apt-get install postgresql (macOS: brew install postgresql), or name the "
    "folder of its programs in GATEPOST_POSTGRESQL"
)
_NOT_DURABLE = ("fsync=off", "full_page_writes=off")


class Server:
    """A running server; its databases are reached over a socket in `folder`."""

    def __init__(self, programs: Path, folder: Path, settings: Sequence[str] = ()) -> None:
        self.folder = folder
        self._programs = programs
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._call("initdb", "-D", "data", "-U", "gatepost", "-A", "trust", "-E", "UTF8",
                   "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        options = [word for one in ("listen_addresses=", *settings) for word in ("-c", one)]
        self._process = subprocess.Popen(
            [programs / "postgres", "-D", "data", "-k", folder, *options], cwd=folder,
            user=self._user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while not self._call("pg_isready", "-q", "-h", folder, check=False):
            assert self._process.poll() is None, "the PostgreSQL server did not start"
            time.sleep(0.05)
        Store(self.url("template1")).close()  # every database below starts as a store

    def url(self, database: str) -> str:
        return f"postgresql://gatepost@/{database}?host={self.folder}"

    def new_database(self, *, empty: bool = False) -> str:
        """The URL of a database of its own, with a new store in it unless `empty`."""
        name = f"test{next(_numbers)}"
        template = "template0" if empty else "template1"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        async def run() -> list[tuple[object, ...]]:
            connection = await asyncpg.connect(self.url(database))
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(run())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # its immediate shutdown
        self._process.wait(timeout=30)

    def _call(self, program: str, *arguments: str | Path, check: bool = True) -> bool:
        done = subprocess.run(
            [self._programs / program, *arguments], cwd=self.folder, user=self._user, check=check,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip
        return done.returncode == 0


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, which Debian keeps out of the path."""
    named = os.environ.get("GATEPOST_POSTGRESQL")
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parts[-2])
    places = [*([Path(named)] if named else []), *([Path(found).resolve().parent] if found else []),
              *reversed(debian)]  # fmt: skip
    return next((one for one in places if (one / "initdb").exists()), None)


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server | None]:
    """A server in a folder of its own, or None where no program for one is found.

    Not `durable`, it answers before anything is on the disk.
    """
    where = programs()
    if where is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="gatepost-pg-"))
    try:
        server = Server(where, folder, () if durable else _NOT_DURABLE)
        try:
            yield server
        finally:
            server.stop()
    finally:
        # Hundreds of files a database: nobody need wait until the last one is gone.
        subprocess.Popen(["rm", "-rf", folder], start_new_session=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        if server is None:
            missing(_INSTALL)
        yield server
