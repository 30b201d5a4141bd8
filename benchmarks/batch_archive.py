"""A seeded mbox of support mail as real writers shape it, with the truth of every message.

The mix: plain text in four transfer encodings and eight character sets, text with HTML, HTML
alone, attachments of up to 60 KB (or as large as asked for), replies with quoted mail, and 3 % that
is broken in ten ways.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from pathlib import Path
from random import Random

LARGEST_ATTACHMENT = 60_000
TRAINING_TEXT = Path(__file__).parents[1] / "data" / "training"
_CHARSETS = (("utf-8", 70), ("iso-8859-1", 10), ("windows-1252", 8), ("iso-8859-15", 4),
             ("us-ascii", 5), ("koi8-r", 1), ("shift_jis", 1), ("windows-874", 1))  # fmt: skip
_SHAPES = (("plain", 30), ("quoted-printable", 18), ("base64", 8), ("alternative", 22),
           ("html", 7), ("attachment", 8), ("reply", 7))  # fmt: skip
_BROKEN = ("raw header", "stray line", "no boundary", "no end", "bad base64", "lying charset",
           "nul", "no colon", "unknown charset", "bare cr")  # fmt: skip
_SPECIAL = {"koi8-r": "Здравствуйте. ", "shift_jis": "こんにちは。", "windows-874": "สวัสดี "}
_RECEIVED = (
    b"Return-Path: <%s>\r\nDelivered-To: support@shop.example\r\n"
    b"Received: from mx.%s (mx.%s [198.51.100.7])\r\n\tby mail.shop.example (Postfix) with ESMTPS"
    b" id %X\r\n\tfor <support@shop.example>; Tue, 24 Nov 2026 10:%02d:%02d +0000 (UTC)\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=mail;\r\n\tt=1795000000;"
    b" h=from:to:subject:date; bh=%s;\r\n\tb=%s\r\n"
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader of the message must find; `broken` names the fault, if it has one."""

    message_id: str
    sender: str
    subject: str
    text: str
    attachments: int
    broken: str


def messages(
    count: int, seed: int = 1, largest: int = LARGEST_ATTACHMENT
) -> Iterator[tuple[bytes, Truth]]:
    """`count` messages as bytes with CRLF, and the truth of each; attachments up to `largest`."""
    random = Random(seed)
    written = [
        json.loads(line)
        for path in sorted(TRAINING_TEXT.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    for number in range(count):
        yield _message(number, random, written, largest)


def write_mbox(
    path: Path, count: int, seed: int = 1, largest: int = LARGEST_ATTACHMENT
) -> list[Truth]:
    """Writes `count` messages to `path`, From lines quoted; returns their truths."""
    truths = []
    with path.open("wb") as stream:
        for raw, truth in messages(count, seed, largest):
            stream.write(b"From MAILER-DAEMON Tue Nov 24 10:00:00 2026\n")
            body = raw.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            stream.write(body + (b"\n" if body.endswith(b"\n") else b"\n\n"))
            truths.append(truth)
    return truths


def grown(path: Path, small: Path, size: int) -> int:
    """Writes copies of the mbox `small`, each with message ids of its own, until `size` bytes."""
    content = small.read_bytes()
    written = copy = 0
    with path.open("wb") as stream:
        while written < size:
            written += stream.write(content.replace(b"@id.", b"@id%d." % copy))
            copy += 1
    return copy


def _message(
    number: int, random: Random, written: list[dict[str, str]], largest: int
) -> tuple[bytes, Truth]:
    shape = random.choices([name for name, _ in _SHAPES], [weight for _, weight in _SHAPES])[0]
    charset = random.choices([name for name, _ in _CHARSETS], [w for _, w in _CHARSETS])[0]
    broken = random.choice(_BROKEN) if random.random() < 0.03 else ""
    if broken in ("no boundary", "no end"):
        shape = "attachment"
    if broken in ("bad base64", "lying charset", "nul", "unknown charset", "bare cr"):
        shape, charset = ("base64" if broken == "bad base64" else "plain"), "iso-8859-1"
    chosen = random.sample(written, random.randint(1, 4))
    text = _SPECIAL.get(charset, "") + "\n\n".join(one["text"] for one in chosen)
    text = text.encode(charset if charset != "windows-874" else "cp874", "ignore").decode(
        charset if charset != "windows-874" else "cp874"
    )
    if broken in ("lying charset", "unknown charset"):
        text = f"Grüße, {text}".encode("latin-1", "ignore").decode("latin-1")
    subject = " ".join((chosen[0].get("subject") or chosen[0]["text"][:50]).split())
    truth = Truth(
        message_id=f"{number:08d}.{random.getrandbits(40):x}@id.shop.example",
        sender=f"customer{random.randint(1, 9_999)}@mail{random.randint(1, 40)}.example",
        subject=subject,
        text=text,
        attachments=int(shape == "attachment"),
        broken=broken,
    )
    return _headers(truth, random, broken) + _body(truth, shape, charset, random, largest), truth


def _headers(truth: Truth, random: Random, broken: str) -> bytes:
    sender, domain = truth.sender.encode(), truth.sender.partition("@")[2].encode()
    noise = b"".join(b"%08x" % random.getrandbits(32) for _ in range(18))
    block = _RECEIVED % (
        sender, domain, domain, random.getrandbits(40), random.randrange(60),
        random.randrange(60), domain, noise[:44], noise[44:],
    )  # fmt: skip
    subject = truth.subject.encode()
    if broken == "raw header":
        subject = truth.subject.encode("latin-1", "replace")
    elif not truth.subject.isascii():
        subject = Header(truth.subject, "utf-8").encode().replace("\n", "\r\n").encode()
    stray = {"stray line": b"*** scanned, no virus found ***\r\n", "no colon": b"X-Spam-Status\r\n"}
    return (
        block + b"From: Customer <" + sender + b">\r\nTo: support@shop.example\r\n"
        + stray.get(broken, b"") + b"Subject: " + subject
        + b"\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <"
        + truth.message_id.encode() + b">\r\nMIME-Version: 1.0\r\n"
    )  # fmt: skip


def _body(truth: Truth, shape: str, charset: str, random: Random, largest: int) -> bytes:
    import binascii

    codec = "cp874" if charset == "windows-874" else charset
    broken = truth.broken
    text = truth.text
    if shape == "reply":
        text += "\n\nOn Mon, 23 Nov 2026 at 09:00, Support <support@shop.example> wrote:\n\n"
        text += "\n".join(f"> {line}" for line in truth.text[:400].splitlines())
    raw = text.replace("\n", "\r\n").encode(codec)
    if broken == "nul":
        raw = raw[:20] + b"\x00" + raw[20:]
    if broken == "bare cr":
        raw = raw.replace(b"\r\n", b"\r")
    label = {"lying charset": b"utf-8", "unknown charset": b"x-mystery"}.get(
        broken, charset.encode()
    )

    def part(kind: bytes, content: bytes, encoding: str) -> bytes:
        head = b"Content-Type: text/" + kind + b"; charset=" + label
        if encoding == "quoted-printable":
            content = binascii.b2a_qp(content, istext=True)
        elif encoding == "base64":
            content = binascii.b2a_base64(content, newline=False)
            lines = [content[at : at + 76] for at in range(0, len(content), 76)]
            content = b"\r\n".join(lines) + (b"\r\n*!*=A" if broken == "bad base64" else b"")
        return head + b"\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + content

    if shape in ("plain", "reply"):
        return part(b"plain", raw, "8bit")
    if shape in ("quoted-printable", "base64"):
        return part(b"plain", raw, shape)
    paragraphs = text.replace("&", "&amp;").replace("<", "&lt;").split("\n\n")
    page = "<html><head><style>p{margin:0 0 1em}</style></head><body>" + "".join(
        f'<p style="font-family:Arial">{one}</p>\r\n' for one in paragraphs
    )
    html = part(b"html", (page + "</body></html>").encode(codec), "quoted-printable")
    if shape == "html":
        return html
    kind = b"alternative" if shape == "alternative" else b"mixed"
    mark = b"=_%016x" % random.getrandbits(64)
    stated = b"" if broken == "no boundary" else b'; boundary="' + mark + b'"'
    second = html
    if shape == "attachment":
        data = random.randbytes(random.randint(2_000, largest))
        lines = binascii.b2a_base64(data, newline=False)
        body = b"\r\n".join(lines[at : at + 76] for at in range(0, len(lines), 76))
        second = (
            b'Content-Type: image/jpeg; name="photo.jpg"\r\nContent-Disposition: attachment;'
            b' filename="photo.jpg"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + body
        )
    delimiter = b"\r\n--" + mark
    end = b"" if broken == "no end" else delimiter + b"--\r\n"
    first = part(b"plain", raw, "quoted-printable")
    head = b"Content-Type: multipart/" + kind + stated + b"\r\n\r\n"
    return head + delimiter + b"\r\n" + first + delimiter + b"\r\n" + second + end
