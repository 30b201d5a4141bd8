import gzip
import mailbox
import shutil
import zipfile
from pathlib import Path

import pytest

from pipeline.batch.classifying import Settings, Watcher, classify_archive
from pipeline.batch.exporting import export, inbox_of, selection
from pipeline.intake.errors import IntakeError

from .archives import mail, mbox
from .readers import kernel

BODIES = ["one", "stolen card\n\nFrom the start it was wrong", "three", "stolen"]


def classify(inbox: Path, result: Path) -> None:
    classify_archive(Settings(str(inbox), result), Watcher(), kernel=kernel)


def exported(inbox: Path, tmp_path: Path, where: str = "intent = 'fraud_claim'") -> list[str]:
    """The payloads that the standard library reads back from an export of `inbox`."""
    result, output = tmp_path / "out.parquet", tmp_path / "selection.mbox"
    classify(inbox, result)
    assert export(selection(result, where), inbox_of(result), output, tmp_path) > 0
    return [message.get_payload() for message in mailbox.mbox(output, create=False)]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return mbox(tmp_path / "in.mbox", [mail(n, body) for n, body in enumerate(BODIES)])


def test_the_chosen_originals_come_back_and_nothing_else(tmp_path: Path, inbox: Path) -> None:
    first, second = exported(inbox, tmp_path)
    assert first == "stolen card\n\n>From the start it was wrong\n"
    assert second.strip() == "stolen"


def test_an_export_classified_again_gives_the_same_texts(tmp_path: Path, inbox: Path) -> None:
    exported(inbox, tmp_path, "1 = 1")
    classify(tmp_path / "selection.mbox", tmp_path / "again.parquet")
    before = selection(tmp_path / "out.parquet", "1 = 1")
    after = selection(tmp_path / "again.parquet", "1 = 1")
    assert [one.size for one in after] == [one.size for one in before]


@pytest.mark.parametrize("kind", ["folder", "zip", "gz"])
def test_every_kind_of_inbox_can_be_exported_from(tmp_path: Path, inbox: Path, kind: str) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    for n, body in enumerate(BODIES):
        (folder / f"{n}.eml").write_bytes(mail(n, body).as_bytes())
    path = folder
    if kind == "zip":
        path = tmp_path / "mails.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, file.name)
    elif kind == "gz":
        path = tmp_path / "in.mbox.gz"
        with inbox.open("rb") as source, gzip.open(path, "wb") as target:
            shutil.copyfileobj(source, target)
    assert len(exported(path, tmp_path)) == 2


def test_a_selection_is_sql_over_the_columns(tmp_path: Path, inbox: Path) -> None:
    classify(inbox, tmp_path / "out.parquet")
    for where in ("array_contains(tags, 'fraud_risk')", "mode = 'gated_all' AND confidence > 0.5"):
        assert [one.from_address for one in selection(tmp_path / "out.parquet", where)] == [
            "ann1@x.example",
            "ann3@x.example",
        ]
    for wrong in ("intent is fraud", "nothing = 1", "intent ="):
        with pytest.raises(IntakeError, match="where"):
            selection(tmp_path / "out.parquet", wrong)


def test_a_column_that_is_not_there_is_named_beside_those_that_are(
    tmp_path: Path, inbox: Path
) -> None:
    classify(inbox, tmp_path / "out.parquet")
    with pytest.raises(IntakeError) as told:
        selection(tmp_path / "out.parquet", "intnt = 'spam'")
    assert '"intnt"; the columns are source, offset,' in str(told.value)
    assert "\n" not in str(told.value)
    with pytest.raises(IntakeError, match="no such file"):
        selection(tmp_path / "absent.parquet", "intent = 'spam'")


def test_a_changed_inbox_writes_nothing(tmp_path: Path, inbox: Path) -> None:
    result, output = tmp_path / "out.parquet", tmp_path / "selection.mbox"
    classify(inbox, result)
    chosen = selection(result, "1 = 1")
    inbox.write_bytes(inbox.read_bytes().replace(b"three", b"three more"))
    with pytest.raises(IntakeError, match="changed since"):
        export(chosen, inbox, output, tmp_path)
    inbox.unlink()
    mbox(inbox, [mail(0, BODIES[0])])
    with pytest.raises(IntakeError, match="not there any more"):
        export(chosen, inbox, output, tmp_path)
    assert not output.exists()
    assert not [path for path in tmp_path.iterdir() if ".tmp." in path.name]


def test_an_inbox_that_is_gone_is_asked_for(tmp_path: Path, inbox: Path) -> None:
    classify(inbox, tmp_path / "out.parquet")
    inbox.unlink()
    with pytest.raises(IntakeError, match="--inbox"):
        inbox_of(tmp_path / "out.parquet")


def test_tickets_have_no_originals(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("id,subject,description\n1,lost,my card was stolen\n")
    classify(path, tmp_path / "out.parquet")
    with pytest.raises(IntakeError, match="no original"):
        export(selection(tmp_path / "out.parquet", "1 = 1"), path, tmp_path / "x.mbox", tmp_path)
