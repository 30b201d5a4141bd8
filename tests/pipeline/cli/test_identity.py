"""gatepost identity: keys are made, and a message is checked with those of its sender's domain."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import typer

from pipeline.cli.identity_commands.rotate import rotate
from pipeline.cli.identity_commands.verify import verify
from pipeline.mail.canonical import canonical_form
from pipeline.mail.composing import compose
from pipeline.mail.identity import Provenance, identity_field
from pipeline.mail.identity_keys import IdentityFolder, published_keys
from tests.pipeline.mail.test_composing import DRAFT

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rotate(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def message(tmp_path: Path, folder: Path) -> Path:
    raw = compose(DRAFT)
    key = IdentityFolder("shop.example", folder).key()
    provenance = Provenance("Corner Shop", "agent", "helpdesk", "monitored", "a" * 64)
    path = tmp_path / "message.eml"
    path.write_bytes(identity_field(canonical_form(raw), provenance, key, datetime.now(UTC)) + raw)
    return path


def served(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> list[str]:
    """Have every request answered by `answer`; returns the URLs that are asked for."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer(request)

    client = httpx.Client(transport=httpx.MockTransport(handle))
    monkeypatch.setattr(httpx, "stream", client.stream)
    return asked


def code_of(message: Path, **options: object) -> int:
    with pytest.raises(typer.Exit) as ended:
        verify(message, **options)  # type: ignore[arg-type]  # of verify
    return ended.value.exit_code


def test_the_keys_of_the_senders_domain_are_asked_for(
    message: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = served(monkeypatch, lambda _: httpx.Response(200, json=published_keys(folder)))
    assert code_of(message) == 0
    assert asked == ["https://shop.example/.well-known/gatepost-keys"]
    shown = capsys.readouterr().out
    assert "written by   agent helpdesk" in shown
    assert "mode         monitored" in shown


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(200, content=b"x" * 100_000),
        httpx.Response(200, content=b"no json"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
    ],
)
def test_keys_that_cannot_be_had_are_no_verdict(
    message: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response
) -> None:
    served(monkeypatch, lambda _: answer)
    assert code_of(message) == 2


def test_nobody_is_asked_about_a_message_that_claims_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = served(monkeypatch, lambda _: httpx.Response(500))
    plain = tmp_path / "plain.eml"
    plain.write_bytes(compose(DRAFT))
    assert code_of(plain, as_json=True) == 1
    assert asked == []
    found = json.loads(capsys.readouterr().out)
    assert not found["verified"]
    assert "has 0 Gatepost-Identity headers" in found["problems"][0]


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe\r\n\r\nx", b"no header at all"])
def test_what_is_no_message_is_not_verified(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(octets)
    assert code_of(path, keys=None) in (1, 2)
    assert code_of(tmp_path / "none.eml") == 2


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(typer.Exit) as ended:
        rotate(tmp_path / "file")
    assert ended.value.exit_code == 2
    assert "cannot be changed" in capsys.readouterr().err
