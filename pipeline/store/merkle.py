"""A Merkle tree that only grows, kept as the roots of its complete subtrees (RFC 9162, 2.1)."""

import hashlib
from collections.abc import Iterable

__all__ = ["EMPTY", "Tree"]

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


class Tree:
    """A tree over `size` leaves, of which `peaks` are the complete subtrees, largest first."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree over {size} leaves has {size.bit_count()} complete subtrees")

    def append(self, entry: bytes) -> None:
        """Add a leaf for `entry`."""
        node = hashlib.sha256(b"\x00" + entry).digest()
        size = self.size
        while size & 1:  # two subtrees of one size become one
            node = _parent(self.peaks.pop(), node)
            size >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The hash that stands for all leaves in their order."""
        if not self.peaks:
            return EMPTY
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = _parent(peak, root)
        return root


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
