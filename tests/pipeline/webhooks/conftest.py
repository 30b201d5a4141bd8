from tests.pipeline.store.conftest import postgres, session

__all__ = ["postgres", "session"]
