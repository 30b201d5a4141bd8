import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.items import items
from pipeline.intake.mbox import next_separator, unpacked
from pipeline.intake.plan import plan

MESSAGE = b"From: a@x.example\nSubject: s%d\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n\n%s\n"


def starts(data: bytes) -> list[int]:
    found, position = [], 0
    while separator := next_separator(data, position, at_file_start=True):
        found.append(separator.start)
        position = separator.body
    return found


@pytest.mark.parametrize(
    "line",
    [
        b"From ann@x.example Tue Nov 24 10:00:00 2026",
        b"From - Tue Nov 24 10:00:00 2026",
        b"From 1823456789012345678@xxx Tue Nov 24 10:00:00 +0000 2026",
        b"From MAILER-DAEMON Tue Nov 24 10:00 2026",
        b"From ",
    ],
    ids=["unix", "thunderbird", "takeout", "no seconds", "bare"],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_separators_of_every_dialect_are_found(line: bytes, newline: bytes) -> None:
    data = b"".join(line + b"\n" + MESSAGE % (n, b"text") + b"\n" for n in range(5))
    assert len(starts(data.replace(b"\n", newline))) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"a\n\nFrom the start I was unhappy\nnote: it broke\n",
        b"a\n\nFrom 4f2c1d Mon Sep 17 00:00:00 2001\nFrom: Dev <d@x>\nDate: x\nSubject: [PATCH]\n",
        b"a\n\nFrom bob@x.example Tue Jan  2 10:00:00 2024\nhe told me so\n",
        b">From bob@x.example Tue Jan  2 10:00:00 2024\nFrom: x\nSubject: y\n",
    ],
    ids=["prose", "patch", "quoted envelope", "escaped"],
)
def test_what_only_looks_like_a_separator_does_not_split(body: bytes) -> None:
    line = b"From ann@x.example Tue Nov 24 10:00:00 2026\n"
    data = b"".join(line + MESSAGE % (n, body) + b"\n" for n in range(3))
    assert len(starts(data)) == 3


def test_quoted_from_lines_are_restored_and_one_newline_is_the_mailbox_s() -> None:
    assert unpacked(b"A: 1\n\n>From x\n>>From y\nz > From\n\n") == (
        b"A: 1\n\nFrom x\n>From y\nz > From\n",
        False,
    )


def test_text_before_the_first_separator_is_a_message_too(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(b"\n\nFrom ann@x Tue Nov 24 10:00:00 2026\n" + MESSAGE % (1, b"t"))
    assert [item.offset for item in items(plan(path).shards[0])] == [2]


BODIES = st.lists(
    st.sampled_from(
        [b"text", b"From here on", b">From x", b"", b"From: a", b"Subject: b", b"x" * 99]
    ),
    max_size=8,
).map(b"\n".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(BODIES, min_size=1, max_size=12), st.integers(1, 2_000))
def test_any_ranges_give_the_messages_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], shard_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("mbox") / "written.mbox"
    written = mailbox.mbox(path)
    for number, body in enumerate(bodies):
        mail = EmailMessage()
        mail["From"] = "ann@x.example"
        mail["Subject"] = f"s{number}"
        mail.set_content(body.decode())
        written.add(mail)
    written.close()
    shards = plan(path, shard_bytes=shard_bytes).shards
    read = [item for shard in shards for item in items(shard)]
    assert len(read) == len(bodies)
    assert [item.offset for item in read] == sorted({item.offset for item in read})
    for number, item in enumerate(read):
        assert isinstance(item.content, bytes)
        assert b"Subject: s%d\n" % number in item.content


def test_the_first_shards_are_small_and_all_of_them_are_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.mbox"
    path.write_bytes(b"From ann@x.example Tue Nov 24 10:00:00 2026\n" + b"x: y\n" * 2_000)
    shards = plan(path, shard_bytes=4_000).shards
    assert [shard.size for shard in shards] == [1_000] * 4 + [4_000, path.stat().st_size - 8_000]
    assert [shard.start for shard in shards[1:]] == [shard.end for shard in shards[:-1]]


def test_a_message_longer_than_a_read_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.mbox"
    line = b"From ann@x.example Tue Nov 24 10:00:00 2026\n"
    body = b"word " * 3_000_000
    path.write_bytes(line + MESSAGE % (1, body) + b"\n" + line + MESSAGE % (2, b"end") + b"\n")
    sizes = [
        len(item.content)
        for shard in plan(path, shard_bytes=1_000_000).shards
        for item in items(shard)
        if isinstance(item.content, bytes)
    ]
    assert sizes == [len(MESSAGE % (1, body)), len(MESSAGE % (2, b"end"))]


def test_a_message_that_might_be_several_says_so() -> None:
    envelope = b"\nFrom bob@x.example Tue Jan  2 10:00:00 2024\n"
    assert unpacked(b"Subject: s\n\nhe wrote:" + envelope + b"hello\n")[1]
    assert not unpacked(b"Subject: s\n\n>" + envelope[1:] + b"\nFrom the start it was late\n")[1]
