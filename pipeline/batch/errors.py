"""What stops a run although the input could be read."""

__all__ = ["StrictError"]


class StrictError(Exception):
    """A message could not be read whole, and the job was to stop at that; says which and why."""
