from tests.pipeline.inbound.conftest import shop, smtp

__all__ = ["shop", "smtp"]
