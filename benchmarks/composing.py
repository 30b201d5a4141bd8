"""Composing and signing on one core: `python -m benchmarks.composing [MESSAGES]`.

A message of 4 kB with a plain and an HTML part, completed step by step as the service does it.
Each step is measured in turns with the peer, `email.message.EmailMessage` of the standard library
writing the same message unchecked, by the CPU time of this process; the ratio is peer to step.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from pipeline.mail.addresses import Mailbox
from pipeline.mail.canonical import canonical_form
from pipeline.mail.composing import Draft, compose
from pipeline.mail.identity import IdentityKey, Provenance, identity_field
from pipeline.mail.identity_keys import IdentityFolder, rotate
from pipeline.mail.signing import DkimKey, signature_fields

ROUNDS = 5
AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TEXT = "Thank you for your order. We will tell you when it leaves.\n" * 34
HTML = f"<html><body><p>{TEXT}</p></body></html>"
DRAFT = Draft(
    sender=Mailbox("orders@shop.example", "Corner Shop"),
    to=(Mailbox("ada@example.org", "Ada"),),
    subject="Your order 1001 is on its way",
    message_id="<1@shop.example>",
    date=AT,
    text=TEXT,
    html=HTML,
)
PROVENANCE = Provenance("Corner Shop", "agent", "helpdesk", "monitored", "a" * 64)


def peer() -> bytes:
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"], message["To"] = "Corner Shop <orders@shop.example>", "Ada <ada@example.org>"
    message["Subject"], message["Message-ID"] = DRAFT.subject, DRAFT.message_id
    message["Date"] = AT
    message.set_content(TEXT)
    message.add_alternative(HTML, subtype="html")
    return message.as_bytes()


def signed(identity: IdentityKey | None, keys: list[DkimKey]) -> bytes:
    raw = compose(DRAFT)
    message, field = canonical_form(raw), b""
    if identity is not None:
        field = identity_field(message, PROVENANCE, identity, AT)
        message = message.below(field)
    return signature_fields(message, keys, AT) + field + raw


def seconds(work: Callable[[], object], times: int) -> float:
    start = process_time()
    for _ in range(times):
        work()
    return (process_time() - start) / times


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rsa = DkimKey("r", "shop.example", generate_private_key(65537, 2048))
    ed25519 = DkimKey("e", "shop.example", Ed25519PrivateKey.generate())
    with TemporaryDirectory() as folder:
        rotate(Path(folder), AT)
        identity = IdentityFolder("shop.example", Path(folder)).key()
    steps: dict[str, Callable[[], object]] = {
        "composed and checked": lambda: compose(DRAFT),
        "with Ed25519": lambda: signed(None, [ed25519]),
        "with RSA": lambda: signed(None, [rsa]),
        "with RSA and Ed25519": lambda: signed(None, [rsa, ed25519]),
        "and an identity": lambda: signed(identity, [rsa, ed25519]),
    }
    for name, work in steps.items():
        pairs = [(seconds(work, times), seconds(peer, times)) for _ in range(ROUNDS)]
        each = median(one for one, _ in pairs)
        ratio = median(other / one for one, other in pairs)
        print(f"{name:<22} {1e6 * each:6.0f} us   {1 / each:5.0f}/s a core   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
