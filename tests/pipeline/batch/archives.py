"""Archives for the tests of the batch job, written by the standard library."""

import mailbox
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path


def mail(number: int, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"ann{number}@x.example"
    message["Subject"] = f"s{number}"
    message["Message-ID"] = headers.pop("message_id", f"<{number}@x.example>")
    message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def mbox(path: Path, messages: Sequence[EmailMessage]) -> Path:
    written = mailbox.mbox(path)
    for message in messages:
        written.add(message)
    written.close()
    return path


def texts(path: Path, bodies: Sequence[str]) -> Path:
    return mbox(path, [mail(number, body) for number, body in enumerate(bodies)])
