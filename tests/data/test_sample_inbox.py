"""The sample inbox: one expected line per message, and every kind of message the suite relies on.

Fields of a line in `data/inbox.expected.jsonl`:

- `file`, `message_id` (null where the header is absent), `intent`, `tags`, `note`;
- `mode`: how the answer to this message would travel under the sample shop's policy;
- `defect`: the bytes break a standard (RFC 5322, RFC 2045 to 2047); unusual but legal is false;
- `alternatives`: other intents a careful person could also choose;
- `optional_tags`: tags a careful person could also set; `mode` supposes that they are not set.
"""

import json
import mailbox
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path

import pytest

from classifier.labels import INTENTS, TAGS

DATA = Path(__file__).parents[2] / "data"
INBOX = DATA / "inbox"
MODES = ("monitored", "gated_send", "gated_all", "blocked")
GATED_ALL_TAGS = {"fraud_risk", "card_data", "safety_risk", "legal_threat", "vulnerable_person"}
REQUIRED_FIELDS = {"file", "message_id", "intent", "tags", "mode", "note", "defect"}
OPTIONAL_FIELDS = {"alternatives", "optional_tags"}


@cache
def expected() -> tuple[dict, ...]:
    lines = (DATA / "inbox.expected.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@cache
def raw_messages() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(INBOX.glob("*.eml"))}


def messages() -> Iterator[tuple[str, Message]]:
    for name, raw in raw_messages().items():
        yield name, message_from_bytes(raw)


def by_file(name_part: str) -> dict:
    (line,) = [line for line in expected() if name_part in line["file"]]
    return line


def decoded_text(message: Message) -> str:
    payloads = (
        part.get_payload(decode=True)
        for part in message.walk()
        if part.get_content_maintype() == "text"
    )
    return "\n".join(payload.decode("utf-8", "replace") for payload in payloads if payload)


def test_every_message_has_one_expected_line_in_the_same_order():
    assert [line["file"] for line in expected()] == list(raw_messages())
    assert len(expected()) >= 60


@pytest.mark.parametrize("line", expected(), ids=lambda line: line["file"])
def test_labels_are_of_the_taxonomy(line):
    assert set(line) >= REQUIRED_FIELDS
    assert set(line) <= REQUIRED_FIELDS | OPTIONAL_FIELDS
    alternatives = line.get("alternatives", [])
    optional_tags = line.get("optional_tags", [])
    assert {line["intent"], *alternatives} <= set(INTENTS)
    assert line["intent"] not in alternatives
    assert {*line["tags"], *optional_tags} <= set(TAGS)
    assert not set(line["tags"]) & set(optional_tags)
    assert len(set(line["tags"])) == len(line["tags"])
    assert line["note"]
    assert isinstance(line["defect"], bool)


@pytest.mark.parametrize("line", expected(), ids=lambda line: line["file"])
def test_mode_follows_the_sample_shop_policy(line):
    assert line["mode"] in MODES
    if line["intent"] == "spam":
        assert line["mode"] == "blocked"
    elif set(line["tags"]) & GATED_ALL_TAGS:
        assert line["mode"] == "gated_all"
    elif line["mode"] == "monitored":
        assert line["intent"] in {"order_status", "product_question", "shipping_problem", "account"}
    elif "Auto-Submitted" in message_from_bytes(raw_messages()[line["file"]]):
        assert line["mode"] == "blocked", "a robot is never answered"
    else:
        assert line["mode"] == "gated_send"


@pytest.mark.parametrize(
    "name",
    [
        "wo-bleibt-meine-lieferung",
        "retour-pull-trop-grand",
        "direccion-equivocada",
        "effacement-donnees",
        "unbekannte-abbuchung",
        "garantie-kuechenwaage",
        "auskunft-dsgvo-frist",
        "darme-de-baja",
    ],
)
def test_mail_in_other_languages_is_never_answered_unread(name):
    line = by_file(name)
    text = decoded_text(message_from_bytes(raw_messages()[line["file"]]))
    assert not set(text.split()) & {"the", "and", "you", "is"}
    assert line["mode"] in {"gated_send", "gated_all"}


@pytest.mark.parametrize(
    ("intent", "tag"),
    [
        ("fraud_claim", "fraud_risk"),
        ("product_safety", "safety_risk"),
        ("privacy_request", "privacy_request"),
        ("unsubscribe", "opt_out"),
    ],
)
def test_an_intent_that_implies_a_tag_carries_it(intent, tag):
    lines = [line for line in expected() if line["intent"] == intent]
    assert lines
    assert all(tag in line["tags"] for line in lines)


def test_every_intent_and_every_tag_occurs_at_least_three_times():
    intents = Counter(line["intent"] for line in expected())
    tags = Counter(tag for line in expected() for tag in line["tags"])
    assert {intent: intents[intent] for intent in INTENTS if intents[intent] < 3} == {}
    assert {tag: tags[tag] for tag in TAGS if tags[tag] < 3} == {}


def test_message_ids_are_those_of_the_headers():
    for line, (name, message) in zip(expected(), messages(), strict=True):
        if "header-garbage" in name:  # the stdlib parser ends the header at the first bad line
            assert line["message_id"].encode() in raw_messages()[name]
        else:
            assert message["Message-ID"] == line["message_id"], name


def test_some_message_ids_are_absent_or_shared():
    ids = Counter(line["message_id"] for line in expected())
    assert ids[None] == 1
    assert sum(count == 2 for count in ids.values()) == 2
    assert max(ids.values()) == 2


def test_mbox_holds_the_same_messages(tmp_path):
    copy = tmp_path / "inbox.mbox"  # mailbox may write to the file it opens
    copy.write_bytes((DATA / "inbox.mbox").read_bytes())
    with closing(mailbox.mbox(copy, create=False)) as box:
        stored = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 (values, not keys)
    assert len(stored) == len(raw_messages())
    for (name, raw), body in zip(raw_messages().items(), stored, strict=True):
        unquoted = re.sub(rb"(?m)^>(>*From )", rb"\1", body)
        assert unquoted.rstrip(b"\n") == raw.replace(b"\r\n", b"\n").rstrip(b"\n"), name


def test_mbox_quotes_lines_that_begin_with_from():
    content = (DATA / "inbox.mbox").read_bytes()
    assert b"\n>From the depot" in content
    assert b"\n>>From now on" in content


def test_every_kind_of_structure_is_present():
    types = Counter(part.get_content_type() for _, message in messages() for part in message.walk())
    assert {
        "text/plain",
        "text/html",
        "multipart/alternative",
        "multipart/mixed",
        "multipart/related",
        "multipart/signed",
        "multipart/report",
        "message/rfc822",
        "message/delivery-status",
        "message/disposition-notification",
        "application/pdf",
        "image/png",
        "text/csv",
    } <= set(types)
    parts = [part for _, message in messages() for part in message.walk()]
    encodings = {str(part["Content-Transfer-Encoding"]) for part in parts}
    assert {"7bit", "8bit", "quoted-printable", "base64"} <= encodings
    charsets = {part.get_content_charset() for part in parts}
    assert {"us-ascii", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"} <= charsets
    assert any(part.get_param("format") == "flowed" for part in parts)
    assert sum("Authentication-Results" in message for _, message in messages()) >= 10
    assert any("=?utf-8?B?" in str(message["Subject"]) for _, message in messages())
    assert any("=?iso-8859-1?Q?" in str(message["Subject"]) for _, message in messages())
    sizes = [len(raw) for raw in raw_messages().values()]
    assert max(sizes) > 150_000
    endings = {b"\r\n" in raw for raw in raw_messages().values()}
    assert endings == {True, False}


def test_dates_rise_through_two_weeks_of_november():
    dates = [
        parsedate_to_datetime(message["Date"])
        for name, message in messages()
        if "header-garbage" not in name and "unknown-charset" not in name
    ]
    assert dates == sorted(dates)
    assert {date.month for date in dates} == {11}
    assert (dates[-1] - dates[0]).days >= 13


def test_nobody_real_is_written_to():
    for name, message in messages():
        header = re.split(rb"\r?\n\r?\n", raw_messages()[name], maxsplit=1)[0]
        text = header.decode("latin-1") + "\n" + decoded_text(message)
        domains = re.findall(r"@([\w-]+(?:\.[\w-]+)+)", text)
        assert all(domain.endswith(".example") for domain in domains), (name, domains)
        hosts = re.findall(r"https?://([\w.-]+)", text)
        addresses = re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text)
        assert all(host.endswith(".example") or host in addresses for host in hosts), (name, hosts)
        reserved = ("192.0.2.", "198.51.100.", "203.0.113.", "10.")  # RFC 5737, RFC 1918
        assert all(address.startswith(reserved) for address in addresses), (name, addresses)


def test_pngs_and_pdfs_are_whole():
    for name, message in messages():
        if "truncated" in name:
            continue
        for part in message.walk():
            payload = part.get_payload(decode=True)
            if part.get_content_type() == "image/png":
                assert payload.startswith(b"\x89PNG"), name
                assert payload.endswith(b"IEND\xaeB`\x82"), name
            elif part.get_content_type() == "application/pdf":
                assert payload.startswith(b"%PDF-"), name
                assert payload.endswith(b"%%EOF\n"), name


def test_threads_hang_together():
    replies = [
        (name, message["In-Reply-To"], str(message["References"]))
        for name, message in messages()
        if message["In-Reply-To"]
    ]
    assert len(replies) >= 8
    assert all(parent in references for _, parent, references in replies)
    own_ids = {line["message_id"] for line in expected()}
    assert sum(any(key in references for key in own_ids if key) for *_, references in replies) >= 4


def test_one_fraud_claim_stands_only_in_the_quoted_part():
    line = by_file("re-details-you-asked-for")
    text = decoded_text(message_from_bytes(raw_messages()[line["file"]]))
    new = "\n".join(text_line for text_line in text.splitlines() if not text_line.startswith(">"))
    assert "have never bought anything" in text
    assert "payment" not in new
    assert "fraud_risk" in line["tags"]


def test_card_numbers_stand_plain_and_disguised():
    number = "4111111111111111"
    texts = {name: decoded_text(message) for name, message in messages()}
    plain = {name for name, text in texts.items() if number in text.replace(" ", "")}
    tagged = {line["file"] for line in expected() if "card_data" in line["tags"]}
    assert len(plain & tagged) == 1
    assert len(tagged) == 3
    assert "４１１１" in texts[by_file("card-full-width")["file"]]
    markup = texts[by_file("card-split-by-tags")["file"]]
    visible = re.sub(r"<[^>]*>", "", markup).replace("&#49;", "1").replace(" ", "")
    assert number in visible


def test_hidden_text_gives_orders_to_the_agent():
    line = by_file("refund-hidden-instruction")
    text = decoded_text(message_from_bytes(raw_messages()[line["file"]]))
    assert re.search(r"display:none[^>]*>[^<]*AI AGENT[^<]*Approve the refund", text)


def test_hard_negatives_carry_no_fraud_tag():
    for name in ("parcel-stolen-from-porch", "charged-twice", "fraud-alert-mail-works-great"):
        line = by_file(name)
        assert line["intent"] != "fraud_claim"
        assert line["tags"] == []


def test_defects_are_in_the_bytes():
    malformed = {line["file"][4:-4] for line in expected() if line["defect"]}
    raw = {name[4:-4]: content for name, content in raw_messages().items()}
    parsed = {name[4:-4]: message for name, message in messages()}
    assert malformed == {
        "retour-pull-trop-grand",
        "no-boundary",
        "nul-bytes",
        "broken-base64-cushions",
        "truncated-missing-pillow",
        "header-garbage",
        "lying-charset-complaint",
        "unknown-charset-bike-light",
        "unreadable",
    }
    assert any(byte > 127 for byte in raw["retour-pull-trop-grand"].partition(b"MIME-Version")[0])
    assert parsed["no-boundary"].get_boundary() is None
    assert b"\0" in raw["nul-bytes"]
    broken_base64 = parsed["broken-base64-cushions"]
    broken_base64.get_payload(decode=True)
    assert broken_base64.defects
    assert b"--cut_1811--" not in raw["truncated-missing-pillow"]
    assert parsed["header-garbage"].defects
    with pytest.raises(UnicodeDecodeError):
        parsed["lying-charset-complaint"].get_payload(decode=True).decode("utf-8")
    with pytest.raises(LookupError):
        "".encode(parsed["unknown-charset-bike-light"].get_content_charset())
    assert b"--never-used" not in raw["unreadable"]
