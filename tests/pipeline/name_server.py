"""A name server on this machine that knows what a test tells it."""

import socket
import threading
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]
"""Texts of records by (name, type); the text `SERVFAIL` fails, an absent name does not exist."""


@contextmanager
def name_server(records: Records, signed: Container[str] = ()) -> Iterator[str]:
    """The `host:port` of a server that answers from `records` while it is open.

    To who asks for it (RFC 6840, 5.7) it says that answers about `signed` names were validated.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            octets, peer = listening.recvfrom(4096)
            if not octets:
                return
            question = dns.message.from_wire(octets)
            answer, names = _answer(question, records)
            if question.flags & dns.flags.AD and all(name in signed for name in names):
                answer.flags |= dns.flags.AD
            listening.sendto(answer.to_wire(), peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = listening.getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        listening.sendto(b"", (host, port))
        thread.join(5)
        listening.close()


def _answer(
    question: dns.message.Message, records: Records
) -> tuple[dns.message.Message, list[str]]:
    """The answer, and the names on the way to it: that asked for, and where its aliases lead."""
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    asked = question.question[0]
    names, kind = [asked.name.to_text(omit_final_dot=True)], dns.rdatatype.to_text(asked.rdtype)
    while kind != "CNAME" and (alias := records.get((names[-1], "CNAME"))):
        answer.answer.append(dns.rrset.from_text(f"{names[-1]}.", 60, "IN", "CNAME", *alias))
        names.append(alias[0].rstrip("."))
    name = names[-1]
    found = records.get((name, kind), [])
    if found == ["SERVFAIL"]:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif found:
        quoted = [f'"{text}"' for text in found] if kind == "TXT" else found
        answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *quoted))
    elif not any(known == name for known, _ in records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer, names
