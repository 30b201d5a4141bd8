"""Merkle tree hashes, against the definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.merkle import EMPTY, Tree


def by_definition(entries: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(
        b"\x01" + by_definition(entries[:k]) + by_definition(entries[k:])
    ).digest()


@given(st.lists(st.binary(max_size=4), max_size=40), st.integers(0, 40))
def test_the_root_is_that_of_the_definition_also_after_a_pause(
    entries: list[bytes], pause: int
) -> None:
    tree = Tree()
    for entry in entries[:pause]:
        tree.append(entry)
    tree = Tree(tree.size, tree.peaks)
    for entry in entries[pause:]:
        tree.append(entry)
    assert tree.root() == by_definition(entries)
    assert tree.size == len(entries)


def test_the_empty_tree() -> None:
    assert Tree().root() == EMPTY


def test_peaks_must_be_those_of_the_size() -> None:
    with pytest.raises(ValueError, match="3 leaves has 2"):
        Tree(3, [b"one"])
