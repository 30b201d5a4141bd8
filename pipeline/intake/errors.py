"""What goes wrong with an input as a whole; a single message never raises."""

__all__ = ["IntakeError"]


class IntakeError(Exception):
    """An input that cannot be read: the text says what, where and how to mend it."""
