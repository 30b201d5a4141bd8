import gzip
import io
import mailbox
import os
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.intake.errors import IntakeError
from pipeline.intake.plan import plan
from pipeline.intake.scanning import scan
from pipeline.intake.schema import MESSAGES, batch_of, entries


def mail(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Ann {number} <ann{number}@x.example>"
    message["Subject"] = f"order {number}"
    message["Message-ID"] = f"<{number}@x.example>"
    message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0000"
    message.set_content(f"Where is order {number}?\n")
    return message


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "all.mbox"
    written = mailbox.mbox(path)
    for number in range(7):
        written.add(mail(number))
    written.close()
    return path


def subjects(path: Path, scratch: Path | None = None) -> list[str]:
    return scan(path, scratch=scratch).collect()["subject"].to_list()


ORDERS = [f"order {number}" for number in range(7)]


def test_an_mbox_becomes_rows_of_the_schema(mbox: Path) -> None:
    table = scan(mbox).collect()
    assert table.schema == pl.DataFrame(pl.from_arrow(MESSAGES.empty_table())).schema
    assert table["subject"].to_list() == ORDERS
    assert table["text"].to_list() == [f"Where is {order}?" for order in ORDERS]
    assert table["source"].unique().to_list() == ["all.mbox"]


def test_a_maildir_gives_what_is_delivered_with_its_folders_as_labels(tmp_path: Path) -> None:
    maildir = mailbox.Maildir(tmp_path / "Mail")
    maildir.add(mail(0))
    archive = maildir.add_folder("Archive.2026")
    archive.add(mail(1))
    (tmp_path / "Mail" / "tmp" / "half").write_bytes(b"From: x@x\n\nhalf delivered")
    table = scan(tmp_path / "Mail").collect().sort("subject")
    assert table["subject"].to_list() == ["order 0", "order 1"]
    assert table["labels"].to_list() == [[], ["Archive/2026"]]


def test_a_folder_of_files_and_mailboxes_is_read_whole(tmp_path: Path, mbox: Path) -> None:
    folder = tmp_path / "export"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.eml").write_bytes(mail(8).as_bytes())
    (folder / "b.EML").write_bytes(mail(9).as_bytes())
    (folder / "old.mbox").write_bytes(mbox.read_bytes())
    (folder / "notes.docx").write_bytes(b"\x00binary")
    (folder / "x.msg").write_bytes(b"\xd0\xcf\x11\xe0")
    planned = plan(folder)
    assert sorted(subjects(folder)) == sorted([*ORDERS, "order 8", "order 9"])
    assert [name for name, _ in planned.skipped] == ["export/notes.docx", "export/x.msg"]
    assert "msgconvert" in planned.skipped[1][1]


def test_archives_of_messages_are_read_in_place(tmp_path: Path) -> None:
    zipped, tarred = tmp_path / "m.zip", tmp_path / "m.tar.gz"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(7):
            archive.writestr(f"mail/{number}.eml", mail(number).as_bytes())
        archive.writestr("mail/readme.txt", "no mail")
    with tarfile.open(tarred, "w:gz") as archive:
        for number in range(7):
            data = mail(number).as_bytes()
            info = tarfile.TarInfo(f"mail/{number}.eml")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert subjects(zipped) == ORDERS
    assert subjects(tarred) == ORDERS


def test_compressed_mailboxes_are_unpacked_once(tmp_path: Path, mbox: Path) -> None:
    packed, scratch = tmp_path / "all.mbox.gz", tmp_path / "scratch"
    packed.write_bytes(gzip.compress(mbox.read_bytes()))
    takeout = tmp_path / "takeout.zip"
    with zipfile.ZipFile(takeout, "w") as archive:
        archive.writestr("Takeout/Mail/All mail.mbox", mbox.read_bytes())
    assert subjects(packed, scratch) == ORDERS
    before = sorted(scratch.rglob("*"))
    assert subjects(packed, scratch) == ORDERS
    assert sorted(scratch.rglob("*")) == before
    table = scan(takeout, scratch=scratch).collect()
    assert table["subject"].to_list() == ORDERS
    assert table["source"][0] == "takeout.zip!Takeout/Mail/All mail.mbox"


def test_gmail_labels_are_labels(tmp_path: Path) -> None:
    path = tmp_path / "takeout.mbox"
    path.write_bytes(
        b"From 1823456789012345678@xxx Tue Nov 24 10:00:00 +0000 2026\r\n"
        b"X-GM-THRID: 1823\r\nX-Gmail-Labels: Inbox,=?UTF-8?Q?R=C3=BCckgabe?=\r\n"
        b"From: a@x.example\r\nSubject: s\r\n\r\ntext\r\n"
    )
    row = scan(path).collect().row(0, named=True)
    assert row["labels"] == ["Inbox", "Rückgabe"]
    assert row["thread_id"] == "1823"


def test_projection_limit_and_filter_are_pushed_down(mbox: Path) -> None:
    table = scan(mbox)
    assert table.select("offset").collect().height == 7
    assert table.head(3).collect()["subject"].to_list() == ORDERS[:3]
    hit = table.filter(pl.col("subject") == "order 5").select("text").collect()
    assert hit["text"].to_list() == ["Where is order 5?"]
    assert table.select(pl.len()).collect().item() == 7


def test_a_place_alone_is_found_without_parsing(
    mbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(raw: bytes) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("pipeline.intake.items.read_message", refuse)
    assert scan(mbox).select("source", "offset").collect().height == 7


def test_a_frame_gives_its_entries_back(mbox: Path) -> None:
    table = scan(mbox).collect()
    rows = entries(table.iter_rows(named=True))
    assert_frame_equal(pl.DataFrame(pl.from_arrow(batch_of(rows))), table)


def test_what_cannot_be_read_is_said_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no such file"):
        scan(tmp_path / "absent")
    (tmp_path / "a.pst").write_bytes(b"!BDN")
    with pytest.raises(IntakeError, match="readpst"):
        scan(tmp_path / "a.pst")
    (tmp_path / "a.bin").write_bytes(b"\x00\x01")
    with pytest.raises(IntakeError, match="not a mailbox"):
        scan(tmp_path / "a.bin")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(IntakeError, match="zip archive cannot be read"):
        scan(tmp_path / "a.zip", scratch=tmp_path)


def test_a_damaged_member_is_a_row_with_an_error(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.eml", mail(number).as_bytes())
    data = path.read_bytes().replace(b"Where is order 1?", b"Where is order X?")
    path.write_bytes(data)
    errors = scan(path).collect()["error"].to_list()
    assert [error is None for error in errors] == [True, False, True]
    assert "CRC" in errors[1]


def test_a_file_name_in_no_encoding_is_shown_as_well_as_can_be(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/gr\xfc\xdfe.eml")).write_bytes(b"Subject: s\n\nx")
    table = scan(folder).collect()
    assert table.select("source", "subject").row(0) == ("in/gr��e.eml", "s")


def test_an_envelope_line_left_in_a_message_is_a_defect_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    separator = b"From a@x Tue Jan  2 10:00:00 2024\n"
    quoted = b"From bob@x.example Tue Jan  2 10:00:00 2024\nsaid he.\n\n"
    path.write_bytes(separator + b"Subject: one\n\nhe wrote:\n" + quoted + separator + b"To: b@x\n")
    assert scan(path).collect()["defects"].to_list() == [["perhaps several messages"], []]


def test_a_file_that_is_called_mbox_is_one_whatever_it_starts_with(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(b"")
    assert scan(path).collect().height == 0
    path.write_bytes(b"Subject: s\n\nno envelope line\n")
    assert scan(path).collect()["subject"].to_list() == ["s"]


def test_a_takeout_in_a_tar_is_read_and_what_is_no_mail_is_named(
    tmp_path: Path, mbox: Path
) -> None:
    path, scratch = tmp_path / "takeout.tgz", tmp_path / "scratch"
    (tmp_path / "readme.html").write_text("hello")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tmp_path / "readme.html", "Takeout/readme.html")
        archive.add(mbox, "Takeout/Mail/All mail.mbox")
    planned = plan(path, scratch=scratch)
    assert planned.skipped == (("takeout.tgz!Takeout/readme.html", "not a mail file"),)
    table = scan(path, scratch=scratch).collect()
    assert table["subject"].to_list() == ORDERS
    assert table["source"][0] == "takeout.tgz!Takeout/Mail/All mail.mbox"


def test_an_apple_mail_file_is_the_message_without_its_property_list(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    message = mail(1).as_bytes()
    (folder / "1.emlx").write_bytes(b"%-10d\n%s<?xml version='1.0'?>" % (len(message), message))
    table = scan(folder).collect()
    assert table.select("subject", "size").row(0) == ("order 1", len(message))
    assert table["text"][0] == "Where is order 1?"
