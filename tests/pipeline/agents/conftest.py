from tests.pipeline.inbound.conftest import lmtp, shop, smtp

__all__ = ["lmtp", "shop", "smtp"]
