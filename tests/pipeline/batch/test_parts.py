import tarfile
from pathlib import Path

import polars as pl
import pytest

from pipeline.batch.errors import StrictError
from pipeline.batch.job import Part, shard_key
from pipeline.batch.parts import finished, work
from pipeline.intake.plan import plan

from .archives import mail, mbox, texts
from .readers import job


def test_a_shard_becomes_a_part_and_a_manifest(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one", "two"])).shards[0]
    one = job(tmp_path / "work")
    part = work(one, shard)
    assert (part.messages, part.rows, part.errors) == (2, 2, 0)
    assert finished(one, shard) == part
    assert pl.read_parquet(part.path)["text"].to_list() == ["one", "two"]
    assert not list((tmp_path / "work").glob("*.tmp.*"))


def test_a_finished_shard_is_not_done_again(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one"])).shards[0]
    one = job(tmp_path / "work")
    part = work(one, shard)
    before = Path(part.path).stat().st_mtime_ns
    assert work(one, shard) == part
    assert Path(part.path).stat().st_mtime_ns == before


def test_the_same_shard_gives_the_same_bytes(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one", "stolen"])).shards[0]
    first = work(job(tmp_path / "w1"), shard)
    second = work(job(tmp_path / "w2"), shard)
    assert first.sha256 == second.sha256


def test_another_setting_is_another_part(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one"])).shards[0]
    plain, kept = job(tmp_path / "w"), job(tmp_path / "w", keep_card_data=True)
    assert shard_key(plain, shard) != shard_key(kept, shard)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"path": "x"}', "null"])
def test_a_damaged_manifest_counts_as_none(tmp_path: Path, content: str) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one"])).shards[0]
    one = job(tmp_path / "work")
    work(one, shard)
    (tmp_path / "work" / f"{shard_key(one, shard)}.json").write_text(content)
    assert finished(one, shard) is None


def test_a_manifest_without_its_part_counts_as_none(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one"])).shards[0]
    one = job(tmp_path / "work")
    Path(work(one, shard).path).unlink()
    assert finished(one, shard) is None


def test_a_failure_leaves_nothing_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one"])).shards[0]
    one = job(tmp_path / "work")
    monkeypatch.setattr("pipeline.batch.parts.masked", lambda table: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        work(one, shard)
    assert list((tmp_path / "work").iterdir()) == []


def test_card_numbers_stay_only_on_request(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["card 4111 1111 1111 1111"])).shards[0]
    masked = Path(work(job(tmp_path / "m"), shard).path).read_bytes()
    kept = pl.read_parquet(work(job(tmp_path / "k", keep_card_data=True), shard).path)
    assert b"4111 1111" not in masked
    assert "4111 1111 1111 1111" in kept["text"][0]


def test_strict_stops_at_an_error_and_names_the_place(tmp_path: Path) -> None:
    broken = mail(1, "SGVs*bG8")
    broken.replace_header("Content-Transfer-Encoding", "base64")
    shard = plan(mbox(tmp_path / "a.mbox", [mail(0, "fine"), broken])).shards[0]
    assert work(job(tmp_path / "lax"), shard).errors == 1
    with pytest.raises(StrictError, match=r"a\.mbox, at \d+: .*broken base64"):
        work(job(tmp_path / "strict", strict=True), shard)


def test_an_archive_that_breaks_off_ends_in_a_row_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for number in range(3):
            name = tmp_path / f"{number}.eml"
            name.write_bytes(mail(number, "x" * 600).as_bytes())
            archive.add(name, name.name)
    path.write_bytes(path.read_bytes()[:2_700])
    table = pl.read_parquet(work(job(tmp_path / "w"), plan(path).shards[0]).path)
    assert table["error"].to_list()[-1].startswith("a.tar: the tar archive breaks off")
    assert table.height == 2


def test_a_limit_reads_no_more(tmp_path: Path) -> None:
    shard = plan(texts(tmp_path / "a.mbox", ["one", "two", "three"])).shards[0]
    assert work(job(tmp_path / "w", limit=2), shard).rows == 2


def test_parts_survive_json() -> None:
    part = Part("p", 1, 1, 0, 5, 0.5, "ab")
    assert Part.from_json(part.to_json()) == part
