from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.pairs import NO_PAIR, PairTable, keys_of

_ROWS = st.integers(0, 40) | st.integers(0, 2**31 - 1)
_PAIRS = st.tuples(_ROWS, _ROWS)


@given(st.dictionaries(_PAIRS, st.integers(0, 99), max_size=200), st.lists(_PAIRS, max_size=40))
def test_every_pair_is_found_and_no_other(
    known: dict[tuple[int, int], int], others: list[tuple[int, int]]
) -> None:
    table = PairTable(known, absent=100)
    asked = [*known, *others]
    rows = np.array(asked, dtype=np.int64).reshape(len(asked), 2)
    keys = np.append(keys_of(rows[:, 0], rows[:, 1]), NO_PAIR)
    expected = [known.get(pair, 100) for pair in asked]
    assert table.find(keys).tolist() == [*expected, 100]


def test_pairs_that_share_a_slot_are_kept_apart() -> None:
    table = PairTable({(row, row + 1): row for row in range(5_000)}, absent=-5)
    rows = np.arange(6_000)
    found = table.find(keys_of(rows, rows + 1))
    assert found[:5_000].tolist() == list(range(5_000))
    assert set(found[5_000:].tolist()) == {-5}
