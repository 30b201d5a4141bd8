"""Sign-in by access token: what the server is told, and when it is told nothing."""

import asyncio
import base64
from pathlib import Path

import pytest

from pipeline.access_token import AccessToken
from pipeline.sender.delivery.connecting import Route, RouteDownError, connect, open_conversation


class Provider:
    """A server that takes a sign-in by XOAUTH2 with one token; `told` is what it was told."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.told: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            verb, _, rest = line.strip().partition(b" ")
            if verb == b"EHLO":
                writer.write(b"250-hello\r\n250 AUTH XOAUTH2\r\n")
            elif verb == b"AUTH":
                self.told.append(base64.b64decode(rest.removeprefix(b"XOAUTH2 "), validate=True))
                if self.told[-1].endswith(f"Bearer {self.token}\x01\x01".encode()):
                    writer.write(b"235 2.7.0 welcome\r\n")
                    continue
                writer.write(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n")
                assert await reader.readline() == b"\r\n"
                writer.write(b"535 5.7.8 no\r\n")
            else:
                writer.write(b"250 ok\r\n")
        writer.close()


async def listening(provider: Provider) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(provider, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def test_each_conversation_is_signed_in_to_with_the_token_of_now(tmp_path: Path) -> None:
    path, provider = tmp_path / "token", Provider("one")

    async def run() -> None:
        server, port = await listening(provider)
        route = Route(
            "127.0.0.1", port, "off", "ada@shop.example", token=AccessToken(file=path), timeout=2
        )
        for text in ("one", "two"):
            path.write_text(text)
            provider.token = text
            (await connect(route)).close()
        path.write_text("stale")
        with pytest.raises(RouteDownError, match=r"refuses our credentials: 535 5\.7\.8 no"):
            await open_conversation(route)
        path.write_text("")
        with pytest.raises(RouteDownError, match="asks for an access token"):
            await open_conversation(route)
        server.close()

    asyncio.run(run())
    assert provider.told == [
        b"user=ada@shop.example\x01auth=Bearer %s\x01\x01" % token
        for token in (b"one", b"two", b"stale")
    ]


@pytest.mark.parametrize("more", [{"token": AccessToken(given="one")}, {"password": "secret"}])
def test_nobody_who_hides_starttls_is_told_how_we_sign_in(more: dict[str, object]) -> None:
    provider = Provider("one")

    async def run() -> None:
        server, port = await listening(provider)
        route = Route("127.0.0.1", port, "opportunistic", "me", timeout=2, **more)  # type: ignore[arg-type]  # fields of a route
        with pytest.raises(RouteDownError, match="STARTTLS"):
            await open_conversation(route)
        server.close()

    asyncio.run(run())
    assert not provider.told
