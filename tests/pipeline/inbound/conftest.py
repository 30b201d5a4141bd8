from tests.pipeline.sender.conftest import smtp
from tests.pipeline.sender.test_inbound import shop

__all__ = ["shop", "smtp"]
