from pathlib import Path

import polars as pl
import pytest

from pipeline.batch.comparing import Comparison
from pipeline.intake.errors import IntakeError

from .results import classified


@pytest.fixture
def table(tmp_path: Path) -> pl.DataFrame:
    return classified(tmp_path, ["one", "stolen", "three"])[1]


def compared(earlier: pl.DataFrame, now: pl.DataFrame, tmp_path: Path) -> Comparison:
    earlier.write_parquet(tmp_path / "earlier.parquet")
    found = Comparison(tmp_path / "earlier.parquet")
    for start in range(0, now.height, 2):
        found.write(now[start : start + 2])
    return found


def test_equal_results_change_nothing(tmp_path: Path, table: pl.DataFrame) -> None:
    found = compared(table, table, tmp_path)
    assert (found.matched, found.changed, found.only_now, found.only_before) == (3, 0, 0, 0)
    assert not found.modes


def test_changes_are_counted_by_what_they_were_and_became(
    tmp_path: Path, table: pl.DataFrame
) -> None:
    is_fraud = pl.col("intent") == "fraud_claim"
    earlier = table.with_columns(
        intent=pl.when(is_fraud).then(pl.lit("billing")).otherwise("intent"),
        mode=pl.when(is_fraud).then(pl.lit("monitored")).otherwise("mode"),
        tags=pl.when(is_fraud).then(pl.lit(["opt_out"])).otherwise("tags"),
    )
    found = compared(earlier, table, tmp_path)
    assert found.changed == 1
    assert found.intents["billing", "fraud_claim"].count == 1
    change = found.modes["monitored", "gated_all"]
    assert change.samples == [(f"in.mbox:{table['offset'][1]}", "s1")]
    assert found.tags == {("fraud_risk", "set"): 1, ("opt_out", "no longer set"): 1}


def test_messages_of_one_result_only_are_counted(tmp_path: Path, table: pl.DataFrame) -> None:
    found = compared(table[:2], table[1:], tmp_path)
    assert (found.matched, found.only_now, found.only_before) == (1, 1, 1)


def test_a_result_without_a_policy_can_be_compared(tmp_path: Path, table: pl.DataFrame) -> None:
    without = table.with_columns(mode=pl.lit(None, pl.String))
    assert compared(without, table, tmp_path).modes["none", "monitored"].count == 2


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"source": ["a"]}).write_parquet(tmp_path / "other.parquet")
    with pytest.raises(IntakeError, match="no 'offset'"):
        Comparison(tmp_path / "other.parquet")
    (tmp_path / "a.csv").write_text("x")
    for name, why in (("a.csv", r"not a \.parquet result"), ("absent.parquet", "no such file")):
        with pytest.raises(IntakeError, match=why):
            Comparison(tmp_path / name)
