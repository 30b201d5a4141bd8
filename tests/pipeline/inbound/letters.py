"""Reports as mail servers and providers write them."""

OURS = "<0190-abc@yourstore.example>"


def bounce(
    *, recipient: str = "customer@example.org", status: str = "5.1.1", action: str = "failed",
    original: str = OURS, answer: str = "550 5.1.1 no such user", own_id: str = "1@mx.example",
    original_recipient: str = "",
) -> bytes:  # fmt: skip
    named = f"Original-Recipient: rfc822;{original_recipient}\r\n" if original_recipient else ""
    return (
        "From: Mail Delivery System <mailer-daemon@mx.example>\r\n"
        "To: orders@yourstore.example\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <{own_id}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"{named}Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {answer}\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: orders@yourstore.example\r\nMessage-ID: {original}\r\nSubject: Order\r\n\r\n"
        "--b--\r\n"
    ).encode()


def complaint(
    *, recipient: str | None = "customer@example.org", kind: str = "abuse", original: str = OURS,
) -> bytes:  # fmt: skip
    named = f"Original-Rcpt-To: <{recipient}>\r\n" if recipient else ""
    return (
        "From: feedback@provider.example\r\nTo: orders@yourstore.example\r\n"
        "Subject: FW: Order\r\nMessage-ID: <2@provider.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=feedback-report;\r\n boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: {kind}\r\nUser-Agent: Provider/1.0\r\nVersion: 1\r\n{named}\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: orders@yourstore.example\r\nMessage-ID: {original}\r\n"
        "Subject: Order\r\n\r\nHello.\r\n"
        "--b--\r\n"
    ).encode()
