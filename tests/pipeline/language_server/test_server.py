"""The language server as an editor meets it: a real client, over standard input and output."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

TEXT = """\
policy "Shop"

tag vip

# a crab, two UTF-16 units wide: 🦀
define delicate: tags has vip or case.fraud_open

allow monitored "answers"
  when kind is reply
  unless delicate

require gated_all "cases" when delicate  # 🦀 because
  because "shop handbook 1"

example "an answer":
  given kind is reply
  expect monitored by "answers"

example "wrong":
  given kind is reply, tags has vip
  expect blocked by "cases"
"""


@pytest_lsp.fixture(
    config=ClientServerConfig(
        server_command=[
            sys.executable,
            "-c",
            "from pipeline.language_server.server import build; build().start_io()",
        ]
    )
)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    await lsp_client.initialize_session(
        types.InitializeParams(capabilities=types.ClientCapabilities())
    )
    yield
    await lsp_client.shutdown_session()


def _open(client: LanguageClient, path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    uri = path.as_uri()
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "gatepost", 1, text))
    )
    return uri


def _at(word: str, text: str = TEXT, skip: int = 0) -> types.Position:
    """The position one character into a word, counted in UTF-16 units."""
    offset = -1
    for _ in range(skip + 1):
        offset = text.index(word, offset + 1)
    line = text[:offset].count("\n")
    before = text[:offset].rpartition("\n")[2]
    return types.Position(line, len(before.encode("utf-16-le")) // 2 + 1)


async def test_mistakes_as_you_type(client: LanguageClient, tmp_path: Path) -> None:
    uri = _open(client, tmp_path / "a.policy", TEXT)
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert not client.diagnostics[uri]
    broken = TEXT.replace("tags has vip or", "tags has vipp or")
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=2, uri=uri),
            [types.TextDocumentContentChangeWholeDocument(broken)],
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    (found,) = client.diagnostics[uri]
    assert (found.code, found.range.start) == ("GP0208", types.Position(5, 26))
    assert "did you mean `vip`?" in found.message
    assert found.related_information
    assert found.related_information[0].location.range.start == types.Position(2, 0)


async def test_the_provers_verdict_when_idle(client: LanguageClient, tmp_path: Path) -> None:
    uri = _open(client, tmp_path / "a.policy", TEXT)
    for _ in range(2):
        await asyncio.wait_for(
            client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS), 30
        )
    assert {one.code for one in client.diagnostics[uri]} == {"refuted"}
    assert any("card number" in one.message for one in client.diagnostics[uri])


async def test_hover(client: LanguageClient, tmp_path: Path) -> None:
    uri = _open(client, tmp_path / "a.policy", TEXT)

    async def told(word: str, skip: int = 0) -> str:
        params = types.HoverParams(types.TextDocumentIdentifier(uri), _at(word, skip=skip))
        found = await client.text_document_hover_async(params)
        return found.contents.value if found else ""

    assert "open fraud case" in await told("case.fraud_open")
    assert "tags has vip or case.fraud_open" in await told("delicate", skip=2)
    assert "Source: shop handbook 1" in await told('"cases"', skip=1)
    assert "mode 2 of 5" in await told("monitored")
    assert await told("crab") == ""


async def test_definition_references_and_rename(client: LanguageClient, tmp_path: Path) -> None:
    uri = _open(client, tmp_path / "a.policy", TEXT)
    document = types.TextDocumentIdentifier(uri)
    place = await client.text_document_definition_async(
        types.DefinitionParams(document, _at("delicate", skip=2))
    )
    assert isinstance(place, types.Location)
    assert place.range.start == types.Position(5, 7)
    uses = await client.text_document_references_async(
        types.ReferenceParams(types.ReferenceContext(True), document, _at("vip"))
    )
    assert uses
    assert [use.range.start.line for use in uses] == [2, 5, 19]
    edit = await client.text_document_rename_async(
        types.RenameParams(document, _at('"cases"', skip=1), "delicate cases")
    )
    assert edit
    assert edit.changes
    lines = [(one.range.start.line, one.new_text) for one in edit.changes[uri]]
    assert lines == [(11, '"delicate cases"'), (20, '"delicate cases"')]
    built_in = await client.text_document_rename_async(
        types.RenameParams(document, _at("kind is"), "sort")
    )
    assert built_in is None


async def test_layout_and_completion(client: LanguageClient, tmp_path: Path) -> None:
    text = TEXT + 'block "b"\n     when intent in {refund, ex'
    uri = _open(client, tmp_path / "a.policy", text)
    document = types.TextDocumentIdentifier(uri)

    async def words(line: int, character: int) -> set[str]:
        found = await client.text_document_completion_async(
            types.CompletionParams(document, types.Position(line, character))
        )
        return {one.label for one in found or ()}

    last = text.count("\n")
    assert "exchange" in await words(last, len(text.rpartition("\n")[2]))
    assert "kind" not in await words(last, len(text.rpartition("\n")[2]))
    assert {"delicate", "kind", "not"} <= await words(8, len("  when "))
    assert "gated_send" in await words(7, len("allow mon"))
    assert not await client.text_document_formatting_async(
        types.DocumentFormattingParams(document, types.FormattingOptions(2, True))
    )
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=2, uri=uri),
            [types.TextDocumentContentChangeWholeDocument(TEXT.replace("  when", " when"))],
        )
    )
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document, types.FormattingOptions(2, True))
    )
    assert edits
    assert '"cases"\n  when delicate  # 🦀 because\n  because' in edits[0].new_text


async def test_examples_run_where_they_stand(client: LanguageClient, tmp_path: Path) -> None:
    uri = _open(client, tmp_path / "a.policy", TEXT)
    lenses = await client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(uri))
    )
    titles = [lens.command.title for lens in lenses or () if lens.command]
    assert titles == ["run example: comes out, monitored", "run example: FAILS, gated_all by cases"]
    told = await client.workspace_execute_command_async(
        types.ExecuteCommandParams("gatepost.runExample", arguments=[uri, "an answer"])
    )
    assert told == "an answer: comes out, monitored"
    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    )
    assert [one.name for one in symbols or ()] == ["answers", "cases"]


@pytest.mark.parametrize("name", ["fraud", "shop"])
async def test_a_pack_is_open_without_mistakes(client: LanguageClient, name: str) -> None:
    path = Path(__file__).parents[3] / "policy" / "packs" / f"{name}.policy"
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(path.as_uri(), "gatepost", 1, path.read_text("utf-8"))
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert not client.diagnostics[path.as_uri()]
