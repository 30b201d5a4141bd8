import socket
from collections.abc import Iterator

import pytest

from tests.pipeline.sender.support import POLICY, Running, Sink, policy, serving, sink
from tests.pipeline.sender.test_inbound import ANSWERS, SUPPORT, read

WITHOUT_WAITING = (POLICY + ANSWERS).replace(", shop\n", "\n", 1)
"""The pack `shop` lets order mail be recalled for five seconds, which tests would wait for."""


@pytest.fixture(scope="package")
def smtp() -> Iterator[Sink]:
    with sink() as handler:
        yield handler


@pytest.fixture(scope="package")
def lmtp() -> int:
    """The port on which the service itself takes mail."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory, smtp: Sink, lmtp: int) -> Iterator[Running]:
    """One service for the whole folder; each test writes under Message-IDs of its own."""
    with serving(
        tmp_path_factory.mktemp("shop"), smtp.port, classify=read,
        checked=policy(WITHOUT_WAITING), mailbox=SUPPORT, webhooks_local=True,
        metrics_token="scraper",
        receive_lmtp=f"127.0.0.1:{lmtp}",
    ) as running:  # fmt: skip
        yield running
