"""A service in a process of its own, to be killed: `python -m tests.pipeline.sender.victim`."""

import sys
from pathlib import Path

from pipeline.sender.settings import Settings
from pipeline.sender.starting import serve
from tests.pipeline.sender.support import ordinary, policy


def main(folder: str, port: str, smtp_port: str) -> None:
    settings = Settings(
        store=Path(folder) / "gatepost.db", smtp_host="127.0.0.1", smtp_port=int(smtp_port),
        smtp_tls="off", smtp_connections=4,
    )  # fmt: skip
    serve(settings, policy(), ordinary, host="127.0.0.1", port=int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
