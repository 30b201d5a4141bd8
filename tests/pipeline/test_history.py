"""A table of classified messages has the facts that the live reading of a message has."""

import polars as pl

from pipeline.history import facts_of_history
from policy.frames import schema
from policy.vocabulary import BUILT_IN


def test_columns_become_facts() -> None:
    history = pl.LazyFrame(
        {
            "intent": ["refund", "nonsense"],
            "confidence": [0.973, None],
            "tags": [["opt_out", "fraud_risk"], None],
            "language": ["de", "und"],
            "from_address": ["Ann@Example.org", None],
            "order.value": [1_234, 5],
            "extra": [1, 2],
        }
    )
    facts = facts_of_history(history, BUILT_IN).collect()
    assert facts.schema == pl.Schema(schema(BUILT_IN))
    first, second = facts.rows(named=True)
    bits = {BUILT_IN["tags"].type.members.index(tag) for tag in ("opt_out", "fraud_risk")}  # type: ignore[union-attr]  # a set
    assert first["tags"] == first["thread.tags"] == sum(1 << bit for bit in bits)
    assert (first["intent"], first["confidence"], first["kind"]) == ("refund", 9_730, "reply")
    assert (first["recipient.domain"], first["order.value"]) == ("Example.org", 1_234)
    assert first["order.found"] is None
    assert [second[name] for name in ("intent", "confidence", "tags", "recipient.domain")] == [
        None
    ] * 4
