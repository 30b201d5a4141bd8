"""What stands in the bytes of a message: what a reviewer approves, read back from those bytes."""

from dataclasses import dataclass
from email import message_from_bytes
from email import policy as email_policy
from email.message import EmailMessage

from pipeline.mail.reading import read_message

__all__ = ["Content", "File", "content_of"]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; `size` is in bytes."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """A message as it is shown; `html` is raw, and `hidden` the text that it hides."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    hidden: str
    files: tuple[File, ...]


def content_of(raw: bytes, *, inbound: bool) -> Content:
    """The content of `raw` (RFC 5322).

    A stranger's message is read by the parser that never raises, and its HTML is not shown.
    """
    message = read_message(raw)
    if inbound:
        return Content(
            tuple((name, value) for name, values in message.headers.items() for value in values),
            "\n\n".join(filter(None, (message.text, message.signature, message.quoted))),
            "",
            message.hidden_text,
            tuple(File(one.name, one.media_type, one.size) for one in message.attachments),
        )
    ours = message_from_bytes(raw, policy=email_policy.SMTP)
    assert isinstance(ours, EmailMessage)
    return Content(
        tuple((name, str(value)) for name, value in ours.items()),
        _body(ours, "plain"),
        _body(ours, "html"),
        message.hidden_text,
        tuple(
            File(
                part.get_filename() or "",
                part.get_content_type(),
                len(part.get_payload(decode=True) or b""),
            )
            for part in ours.iter_attachments()
        ),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    text = part.get_content() if part is not None else ""
    return text if isinstance(text, str) else ""
