"""Postfix's `smtp-sink`, a mail server that was not written by who wrote the tests."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

__all__ = ["SMTP_SINK", "Peer", "smtp_sink"]

SMTP_SINK = shutil.which("smtp-sink") or shutil.which("/usr/sbin/smtp-sink")
_TRACE = re.compile(rb"\A.*?^Received: [^\n]*\n(?:\t[^\n]*\n)+", re.DOTALL | re.MULTILINE)


class Peer:
    """A running `smtp-sink` that writes what it gets whole into `folder`."""

    def __init__(self, folder: Path, port: int, options: tuple[str, ...]) -> None:
        self.port = port
        self._folder = folder
        as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()
        assert SMTP_SINK is not None
        self._process = subprocess.Popen(
            [SMTP_SINK, *as_nobody, *options, "-d", f"{folder}/%S.", f"127.0.0.1:{port}", "100"],
            stderr=subprocess.PIPE, cwd="/",
        )  # fmt: skip
        end = monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, "smtp-sink ended"
                assert monotonic() < end, "smtp-sink does not answer"
                sleep(0.02)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._process.kill()
        self._process.communicate(timeout=10)

    def messages(self) -> list[bytes]:
        """What came whole, without what smtp-sink put around it; line ends are \\n."""
        found = (path.read_bytes() for path in self._folder.iterdir())
        # The empty line at the end is its own: it writes it when it has read the final dot.
        return [
            _TRACE.sub(b"", octets)[:-1]
            for octets in found
            if _TRACE.match(octets) and octets.endswith(b"\n\n")
        ]


@contextmanager
def smtp_sink(*options: str, like: Peer | None = None) -> Iterator[Peer]:
    """A server with these options of smtp-sink(1); with `like`, where that one was."""
    # Not in pytest's folder, which the user it runs as may not enter.
    with tempfile.TemporaryDirectory(prefix="smtp-sink-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        peer = Peer(folder, like.port if like else _free_port(), options)
        try:
            yield peer
        finally:
            peer.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
