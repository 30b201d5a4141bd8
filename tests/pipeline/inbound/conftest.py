from collections.abc import Iterator

import pytest

from tests.pipeline.sender.support import POLICY, Running, Sink, policy, serving, sink
from tests.pipeline.sender.test_inbound import ANSWERS, SUPPORT, read


@pytest.fixture(scope="package")
def smtp() -> Iterator[Sink]:
    with sink() as handler:
        yield handler


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory, smtp: Sink) -> Iterator[Running]:
    """One service for the whole folder; each test writes under Message-IDs of its own."""
    with serving(
        tmp_path_factory.mktemp("shop"), smtp.port, classify=read,
        checked=policy(POLICY + ANSWERS), mailbox=SUPPORT, webhooks_local=True,
        metrics_token="scraper",
    ) as running:  # fmt: skip
        yield running
