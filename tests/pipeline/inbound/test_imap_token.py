"""A poller that signs in by access token, at a server that says what it was told."""

import asyncio
import base64
from pathlib import Path

import pytest

from pipeline.access_token import AccessToken
from pipeline.inbound.imap import ImapAccount, ImapError, Poller


class Provider:
    """An IMAP server with an empty inbox for whoever has the token."""

    def __init__(self) -> None:
        self.told: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hello\r\n")
        while line := await reader.readline():
            tag, verb, *_ = line.strip().split(b" ")
            if verb == b"CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n")
            elif verb == b"AUTHENTICATE":
                writer.write(b"+ \r\n")
                answer = (await reader.readline()).strip()
                self.told.append(base64.b64decode(answer, validate=True))
                if not self.told[-1].endswith(b"Bearer fresh\x01\x01"):
                    writer.write(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")
                    continue
            elif verb == b"SELECT":
                writer.write(b"* 0 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n")
            elif verb == b"UID":
                writer.write(b"* SEARCH\r\n")
            elif verb == b"LOGOUT":
                writer.write(b"* BYE\r\n")
            writer.write(tag + b" OK done\r\n")
        writer.close()


class NoBoxes:
    async def knows(self, address: str) -> bool:
        return True

    async def take(self, raw: bytes, address: str) -> str:
        raise AssertionError("the inbox is empty")


def test_each_log_in_takes_the_token_of_now(tmp_path: Path) -> None:
    provider, path = Provider(), tmp_path / "token"

    async def run() -> None:
        server = await asyncio.start_server(provider, "127.0.0.1", 0)
        account = ImapAccount(
            "127.0.0.1", "ada@shop.example", "support@shop.example", tls="off",
            port=server.sockets[0].getsockname()[1], token=AccessToken(file=path),
        )  # fmt: skip
        poller = Poller(account, NoBoxes())
        path.write_text("stale\n")
        with pytest.raises(ImapError, match="refuses the log-in"):
            await poller.take_new()
        path.write_text("fresh\n")
        assert await poller.take_new() == 0
        path.unlink()
        with pytest.raises(ImapError, match="asks for an access token"):
            await poller.take_new()
        server.close()

    asyncio.run(run())
    assert provider.told == [
        b"user=ada@shop.example\x01auth=Bearer stale\x01\x01",
        b"user=ada@shop.example\x01auth=Bearer fresh\x01\x01",
    ]
