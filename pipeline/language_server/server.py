"""The language server: what an editor asks, answered from the policy around the open file.

Language Server Protocol 3.17, over pygls. Every answer is about the text as the editor has it.
"""

import asyncio
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from pipeline.language_server.project import Project, Word, path_of, project_of
from pipeline.language_server.telling import completions, told_of
from policy.diagnostics import Diagnostic, Severity
from policy.evaluator import decide
from policy.formatter import format_document
from policy.parser import parse
from policy.rules import Policy, Span
from policy.syntax import RuleSyntax, Source

if TYPE_CHECKING:  # the solver is loaded when it is first needed
    from proofs.session import Session

__all__ = ["build"]

_IDLE_SECONDS = 0.7
_RUN_EXAMPLE = "gatepost.runExample"


class PolicyServer(LanguageServer):
    """The server with what it knows of the open files."""

    def __init__(self) -> None:
        super().__init__("gatepost", version("gatepost"))
        self._proving: dict[str, asyncio.Task[None]] = {}
        self._sessions: dict[str, Session] = {}
        self._solving = Lock()  # the solver is not to be used by two threads

    def text_of(self, file: str) -> str:
        """The text of a file: the editor's when it is open there, else the disk's, else none."""
        opened = self.workspace.text_documents.get(uris.from_fs_path(file) or file)
        if opened is not None:
            return str(opened.source)
        return Path(file).read_text("utf-8", errors="replace") if Path(file).is_file() else ""

    def project(self, uri: str) -> Project:
        """The policy around an open file."""
        return project_of(uris.to_fs_path(uri) or uri, self.text_of)

    def word(self, uri: str, position: types.Position) -> tuple[Project, Word | None]:
        """The policy around an open file, and the word at a position of it."""
        project = self.project(uri)
        document = self.workspace.get_text_document(uri)
        codec = self.workspace.position_codec
        place = codec.position_from_client_units(document.lines, position)
        return project, project.word_at(place.line + 1, place.character + 1)

    def range_of(self, span: Span) -> types.Range:
        """A place as the editor counts it."""
        lines = self.text_of(path_of(span.file)).splitlines(keepends=True)
        start = types.Position(span.line - 1, span.column - 1)
        end = types.Position(span.end_line - 1, span.end_column - 1)
        return self.workspace.position_codec.range_to_client_units(lines, types.Range(start, end))

    def publish(self, uri: str) -> None:
        """Send the mistakes of a file; prove its policy when nobody types for a while."""
        project = self.project(uri)
        self._send(uri, project, ())
        before = self._proving.pop(uri, None)
        if before is not None:
            before.cancel()
        if project.loaded.policy is not None:
            policy = project.loaded.policy
            task = asyncio.get_running_loop().create_task(self._prove(uri, project, policy))
            self._proving[uri] = task

    async def _prove(self, uri: str, project: Project, policy: Policy) -> None:
        await asyncio.sleep(_IDLE_SECONDS)
        refuted = await asyncio.to_thread(self._refuted, policy, project.anchor)
        self._send(uri, project, refuted)

    def _refuted(self, policy: Policy, anchor: Span) -> tuple[Diagnostic, ...]:
        """A diagnostic for each claim that a message breaks."""
        from proofs.session import Session

        with self._solving:
            session = self._sessions.setdefault(anchor.file, Session())
            verdicts = session.verify(policy)
        return tuple(
            Diagnostic(
                "refuted",
                f"not every message meets this: {verdict.claim.sentence}",
                verdict.claim.span
                if verdict.claim.span is not None and verdict.claim.span.file == anchor.file
                else anchor,
                mend="`gatepost policy verify` shows a message that breaks it",
            )
            for verdict in verdicts.refuted
        )

    def _send(self, uri: str, project: Project, refuted: Iterable[Diagnostic]) -> None:
        file = project.file
        found = [one for one in (*project.loaded.diagnostics, *refuted) if one.span.file == file]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, [self._diagnostic(one) for one in found])
        )

    def _diagnostic(self, one: Diagnostic) -> types.Diagnostic:
        error = one.severity is Severity.ERROR
        return types.Diagnostic(
            range=self.range_of(one.span),
            message=f"{one.message}\n{one.mend}" if one.mend else one.message,
            severity=types.DiagnosticSeverity.Error if error else types.DiagnosticSeverity.Warning,
            code=one.code,
            source="gatepost",
            related_information=[
                types.DiagnosticRelatedInformation(self.location(place), note)
                for place, note in one.related
            ],
        )

    def location(self, span: Span) -> types.Location:
        """A place in any file of the policy, also in a shipped pack."""
        path = path_of(span.file)
        return types.Location(uris.from_fs_path(path) or path, self.range_of(span))


def build() -> LanguageServer:
    """A server with all its features; `start_io` runs it."""
    server = PolicyServer()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def changed(
        params: types.DidOpenTextDocumentParams
        | types.DidChangeTextDocumentParams
        | types.DidSaveTextDocumentParams,
    ) -> None:
        server.publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        project, word = server.word(params.text_document.uri, params.position)
        told = told_of(project, word) if word else None
        if word is None or told is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, told)
        return types.Hover(content, server.range_of(word.span))

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", "{", "."])
    )
    def completion(params: types.CompletionParams) -> list[types.CompletionItem]:
        document = server.workspace.get_text_document(params.text_document.uri)
        line = document.lines[params.position.line] if document.lines else ""
        before = line[: server.workspace.position_codec.position_from_client_units(
            document.lines, params.position
        ).character]  # fmt: skip
        project = server.project(params.text_document.uri)
        return [
            types.CompletionItem(label=word, detail=note or None)
            for word, note in completions(project, before)
        ]

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> types.Location | None:
        project, word = server.word(params.text_document.uri, params.position)
        place = project.declaration(word) if word else None
        return server.location(place) if place else None

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location]:
        project, word = server.word(params.text_document.uri, params.position)
        return [server.location(place) for place in project.uses(word)] if word else []

    @server.feature(types.TEXT_DOCUMENT_RENAME)
    def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        project, word = server.word(params.text_document.uri, params.position)
        place = project.declaration(word) if word else None
        if word is None or place is None or place.file.startswith("packs/"):
            return None  # built in, or a pack's: not the user's to rename
        new = f'"{params.new_name.strip(chr(34))}"' if word.is_title else params.new_name
        edits: dict[str, list[types.TextEdit]] = {}
        for one in project.uses(word):
            location = server.location(one)
            edits.setdefault(location.uri, []).append(types.TextEdit(location.range, new))
        return types.WorkspaceEdit(changes=edits)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = server.workspace.get_text_document(params.text_document.uri)
        parsed = parse(Source(document.uri, document.source))
        laid = format_document(parsed.document)
        if parsed.diagnostics or laid == document.source:
            return []
        end = types.Position(len(document.lines) + 1, 0)
        return [types.TextEdit(types.Range(types.Position(0, 0), end), laid)]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        project = server.project(params.text_document.uri)
        return [
            types.DocumentSymbol(
                item.title.text, types.SymbolKind.Function, server.range_of(item.span),
                server.range_of(item.title.span), detail=item.kind.value,
            )
            for item in project.document.items
            if isinstance(item, RuleSyntax)
        ]  # fmt: skip

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        project = server.project(params.text_document.uri)
        policy = project.loaded.policy
        return [
            types.CodeLens(
                server.range_of(example.span),
                types.Command(
                    f"run example: {_outcome(policy, at)}", _RUN_EXAMPLE,
                    arguments=[params.text_document.uri, example.title],
                ),
            )
            for at, example in enumerate(policy.examples if policy else ())
            if policy is not None and example.span.file == project.file
        ]  # fmt: skip

    @server.command(_RUN_EXAMPLE)
    def run_example(uri: str, title: str) -> str:
        policy = server.project(uri).loaded.policy
        examples = policy.examples if policy else ()
        for at, example in enumerate(examples):
            if policy is not None and example.title == title:
                told = f"{title}: {_outcome(policy, at)}"
                server.window_show_message(types.ShowMessageParams(types.MessageType.Info, told))
                return told
        return f"{title}: the policy has mistakes"

    return server


def _outcome(policy: Policy | None, at: int) -> str:
    assert policy is not None, "an example belongs to a policy without mistakes"
    example = policy.examples[at]
    decision = decide(policy, example.facts, example.event)
    deciding = {rule.title for rule in decision.deciding}
    if decision.mode is example.mode and deciding.issuperset(example.by):
        return f"comes out, {decision.mode.label}"
    by = f" by {', '.join(sorted(deciding))}" if deciding else ""
    return f"FAILS, {decision.mode.label}{by}"
