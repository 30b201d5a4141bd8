from tests.pipeline.store.conftest import session

__all__ = ["session"]
