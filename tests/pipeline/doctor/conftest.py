from tests.pipeline.sender.conftest import smtp
from tests.pipeline.store.conftest import session
from tests.pipeline.store.postgres import postgres

__all__ = ["postgres", "session", "smtp"]
