from tests.pipeline.sender.conftest import smtp

__all__ = ["smtp"]
