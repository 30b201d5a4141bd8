"""Cuts a body into what its writer added, what is quoted or forwarded, and the signature.

One pass over lines and only constant-size looks ahead, so that no text can make it slow: of six
published cutters four can be hung by one message. The words are data, by language; the shapes are
few: lines marked `>`, an attribution line ("On ... wrote:"), a separator ("-----Original
Message-----"), and a copied header block ("From: ... Sent: ... Subject: ...").
"""

import re
from dataclasses import dataclass

__all__ = ["Body", "split_body"]

_LENGTH_LIMIT = 262_144
_LINE_LIMIT = 5_000
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_LENGTH = 400

_ATTRIBUTION_STARTS = (
    "on ", "le ", "am ", "el ", "em ", "il ", "in data ", "op ", "den ", "dne ", "dnia ", "w dniu ",
    "a ", "at ", "quoting ", "pada ", "vào ", "ke ", "la ", "på ", "pe ", "po ", "в ", "пн", "вт",
    "ср", "чт", "пт", "сб", "вс",
)  # fmt: skip
_WROTE = (
    "wrote", "writes", "a écrit", "schrieb", "escribió", "escribio", "escreveu", "ha scritto",
    "schreef", "skrev", "kirjoitti", "napisał", "napisał(a)", "napsal", "napsal(a)", "napísal",
    "пишет", "писал", "написал", "написала", "написал(а)", "пише", "написав", "írta", "yazdı",
    "şunu yazdı", "a scris", "đã viết", "menulis", "έγραψε", "je napisao", "je napisal",
    "さんは書きました", "のメール", "写道", "寫道", "님이 작성", "작성", "כתב", "كتب",
)  # fmt: skip
_ENDS_WITHOUT_COLON = ("wrote", "a écrit", "schrieb", "写道")
_SEPARATORS = frozenset((
    "original message", "original appointment", "forwarded message", "forwarded by",
    "reply message", "ursprüngliche nachricht", "originalnachricht", "original-nachricht",
    "weitergeleitete nachricht",
    "message d'origine", "message original", "message transféré", "message transmis",
    "mensaje original", "mensaje reenviado", "mensagem original", "mensagem encaminhada",
    "messaggio originale", "messaggio inoltrato", "oorspronkelijk bericht", "doorgestuurd bericht",
    "ursprungligt meddelande", "vidarebefordrat meddelande", "originalmeddelande",
    "oprindelig meddelelse", "opprinnelig melding", "videresendt melding", "alkuperäinen viesti",
    "välitetty viesti", "wiadomość oryginalna", "oryginalna wiadomość", "wiadomość przekazana",
    "původní zpráva", "eredeti üzenet", "исходное сообщение", "пересылаемое сообщение",
    "пересланное сообщение", "orijinal mesaj", "mesaj original", "原始邮件", "转发邮件",
    "元のメッセージ", "転送メッセージ", "원본 메시지", "원본 메일",
))  # fmt: skip
_BARE_SEPARATORS = (
    "begin forwarded message", "début du message réexpédié", "début du message transféré",
    "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail",
    "inizio messaggio inoltrato", "inicio del mensaje reenviado", "begin doorgestuurd bericht",
    "vidarebefordrat brev", "please type your reply above this line",
)  # fmt: skip
_FROM = frozenset((
    "from", "von", "de", "da", "van", "från", "fra", "lähettäjä", "od", "от", "от кого", "kimden",
    "feladó", "expéditeur", "remitente", "mittente", "发件人", "寄件者", "差出人",
    "보낸 사람",
))  # fmt: skip
_FIELDS = _FROM | frozenset((
    "sent", "date", "to", "cc", "bcc", "subject", "reply-to", "importance", "attachments",
    "priority",
    "gesendet", "datum", "an", "betreff", "antwort an", "wichtigkeit", "envoyé", "envoyé le", "à",
    "objet", "répondre à", "enviado", "enviado el", "fecha", "para", "asunto", "enviada em",
    "enviado em", "data", "assunto", "inviato", "a", "oggetto", "verzonden", "aan", "onderwerp",
    "skickat", "till", "ämne", "sendt", "til", "emne", "dato", "lähetetty", "vastaanottaja", "aihe",
    "päiväys", "pvm", "wysłano", "do", "dw", "temat", "odesláno", "komu", "předmět", "odoslané",
    "predmet", "отправлено", "дата", "кому", "тема", "копия", "gönderildi", "tarih", "kime", "konu",
    "elküldve", "dátum", "címzett", "tárgy", "发送时间", "收件人", "抄送", "主题", "日期",
    "送信日時",
    "宛先", "件名", "보낸 날짜", "받는 사람", "제목", "date d'envoi", "envoyé par",
))  # fmt: skip
_DEVICE_SIGNATURES = (
    "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent via ",
    "sent with ", "get outlook for ", "von meinem ", "gesendet von ", "gesendet mit ",
    "von meinem iphone gesendet", "envoyé de mon ", "envoyé depuis ", "envoyé à partir de ",
    "télécharger outlook", "enviado desde mi ", "enviado desde ", "enviado do meu ", "enviado do ",
    "inviato da ", "verzonden vanaf ", "verstuurd vanaf ", "skickat från ", "sendt fra min ",
    "sendt fra ", "lähetetty ", "wysłane z ", "odesláno z ", "отправлено с ", "iphone'umdan ",
    "发自我的", "iphoneから送信", "나의 iphone",
)  # fmt: skip
_DEVICE_SIGNATURE_LENGTH = 80
_NOTABLE_STARTS = (*_ATTRIBUTION_STARTS, *_BARE_SEPARATORS, *_DEVICE_SIGNATURES)
_TRIMMINGS = " \t-_=*+~>|#​‎‏"
_HAS_DATE_OR_ADDRESS = re.compile(r"[0-9]|@")


@dataclass(frozen=True, slots=True)
class Body:
    """A body in three parts; every line of the input is in exactly one of them."""

    new: str
    quoted: str = ""
    signature: str = ""


def split_body(text: str) -> Body:
    """`text` cut in three; beyond 262,144 characters or 5,000 lines everything counts as new."""
    if not text:
        return Body("")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head, tail = text[:_LENGTH_LIMIT], text[_LENGTH_LIMIT:]
    lines = head.split("\n", _LINE_LIMIT)
    kinds = _kinds(lines)
    parts: dict[str, list[str]] = {"new": [], "quoted": [], "signature": []}
    for line, kind in zip(lines, kinds, strict=True):
        parts[kind].append(line)
    if tail:
        parts["new"].append(tail)
    return Body(*("\n".join(parts[kind]).strip("\n") for kind in ("new", "quoted", "signature")))


def _kinds(lines: list[str]) -> list[str]:
    """What each line is."""
    kinds: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        stripped = line.strip()
        if not stripped:
            kinds.append(kinds[-1] if kinds and kinds[-1] != "new" else "new")
        elif _is_prose(stripped):
            kinds.append("new")
        elif stripped[0] == ">" or stripped[:2] == "|>":
            kinds.append("quoted")
        elif length := _attribution(lines, index):
            kinds += ["quoted"] * length
            index += length
            if not _marked_quote_follows(lines, index):
                return kinds + ["quoted"] * (len(lines) - index)
            continue
        elif _starts_quote(lines, index):
            return kinds + ["quoted"] * (len(lines) - index)
        elif _starts_signature(line, stripped):
            index = _signature(lines, index, kinds)
            continue
        else:
            kinds.append("new")
        index += 1
    return kinds


def _is_prose(stripped: str) -> bool:
    """Whether a line (not empty, no blanks around it) starts nothing but what its writer says.

    A quick look at what most lines are; a line of which it says no may still be prose.
    """
    if ":" in stripped or "：" in stripped or "<" in stripped:
        return False
    if stripped[0] in _TRIMMINGS or stripped[-1] in _TRIMMINGS or stripped[0].isdecimal():
        return False
    lowered = stripped.lower()
    return not (lowered.startswith(_NOTABLE_STARTS) or lowered.endswith(_ENDS_WITHOUT_COLON))


def _attribution(lines: list[str], index: int) -> int:
    """How many lines the attribution at `index` has; 0 when there is none.

    "On 3 May 2026 at 10:00, Ann <ann@shop.example> wrote:", in many languages, folded or not.
    """
    first = lines[index].strip(_TRIMMINGS)
    lowered = first[:40].lower()
    starts = lowered.startswith(_ATTRIBUTION_STARTS) or lowered[:1].isdecimal() or "<" in first
    if not starts and not _ends_in_wrote(first):
        return 0
    joined = ""
    for length in range(1, _ATTRIBUTION_LINES + 1):
        if index + length > len(lines):
            return 0
        piece = lines[index + length - 1].strip()
        if not piece and length > 1:
            return 0
        joined = f"{joined} {piece}"
        if len(joined) > _ATTRIBUTION_LENGTH:
            return 0
        if _ends_in_wrote(joined) and _HAS_DATE_OR_ADDRESS.search(joined):
            return length
    return 0


def _ends_in_wrote(text: str) -> bool:
    """Whether `text` ends as an attribution does: a word for "wrote", a name perhaps, a colon."""
    text = text.rstrip(" \t*_")
    if not text.endswith((":", "：")):
        return text.lower().endswith(_ENDS_WITHOUT_COLON)
    lowered = text[:-1].rstrip().lower()
    if lowered.endswith(_WROTE):
        return True
    # German and Dutch put the writer last: "Am 3. Mai schrieb Ann <ann@shop.example>:"
    return any(
        f" {word} " in lowered for word in ("schrieb", "schreef", "skrev", "napsal", "wrote")
    )


def _marked_quote_follows(lines: list[str], index: int) -> bool:
    """Whether the next line that is not empty is marked `>` (looks at no more than three)."""
    for line in lines[index : index + 3]:
        if line.strip():
            return line.lstrip().startswith(">")
    return False


def _starts_quote(lines: list[str], index: int) -> bool:
    """Whether everything from `index` on is quoted: a separator or a copied header block."""
    line = lines[index]
    core = line.strip(_TRIMMINGS + ":").lower()
    ruled = line.lstrip()[:2] in ("--", "__", "==", "**", "~~", "##") or line.rstrip()[-2:] == "--"
    if ruled and core in _SEPARATORS:
        return True
    if line.strip(_TRIMMINGS).lower().startswith(_BARE_SEPARATORS) or core in _BARE_SEPARATORS:
        return True
    if not core and len(line.strip()) >= 10:
        # Outlook draws a line of underscores first.
        near = range(index + 1, min(index + 4, len(lines)))
        index = next((i for i in near if lines[i].strip()), len(lines))
    return _header_block(lines, index)


def _header_block(lines: list[str], index: int) -> bool:
    """Whether a sender field and two other fields of a copied header stand at `index`."""
    if index >= len(lines) or _field(lines[index]) not in _FROM:
        return False
    fields = {_field(line) for line in lines[index : index + 10]}
    return len((fields & _FIELDS) - {""}) >= 3


def _field(line: str) -> str:
    """The name of the header field that a line copies, in lower case, or nothing."""
    head, colon, _ = line[:60].replace("：", ":").partition(":")
    return head.strip(_TRIMMINGS).lower() if colon else ""


def _starts_signature(line: str, stripped: str) -> bool:
    if stripped == "--" or line.rstrip("\r") in ("-- ", "--\xa0"):
        return True
    return len(stripped) <= _DEVICE_SIGNATURE_LENGTH and stripped.lower().startswith(
        _DEVICE_SIGNATURES
    )


def _signature(lines: list[str], index: int, kinds: list[str]) -> int:
    """Marks a signature at `index`; returns where it ends: at a quote, or at the last line.

    A device line ("Sent from my phone") is one line: people write below it.
    """
    single = lines[index].strip() != "--"
    kinds.append("signature")
    index += 1
    while index < len(lines) and not single:
        line = lines[index]
        if (
            line.lstrip().startswith(">")
            or _attribution(lines, index)
            or _starts_quote(lines, index)
        ):
            break
        kinds.append("signature")
        index += 1
    return index
