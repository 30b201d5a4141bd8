"""A policy file and the packs it uses, to a checked policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from policy.checker import Part, check
from policy.diagnostics import Diagnostic, Severity, did_you_mean, render_all
from policy.parser import parse
from policy.rules import Policy
from policy.syntax import Document, Source, UseSyntax

__all__ = ["Loaded", "load", "packs"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy, if its files have no error, with every diagnostic and every file read."""

    policy: Policy | None
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]
    documents: tuple[Document, ...]

    def rendered(self) -> str:
        """All diagnostics as text with carets; empty when there are none."""
        if not self.diagnostics:
            return ""
        return render_all(self.diagnostics, {source.name: source.text for source in self.sources})

    @property
    def errors(self) -> int:
        """How many of the diagnostics are errors."""
        return sum(one.severity is Severity.ERROR for one in self.diagnostics)


def load(*sources: Source, available: Mapping[str, Source] | None = None) -> Loaded:
    """Load the files of one policy, in any order, with the packs that they use.

    `available` are the packs by name, the shipped ones unless given. Never raises for what stands
    in a file.
    """
    shelf = packs() if available is None else available
    parsed = [parse(source) for source in sources]
    diagnostics = [one for result in parsed for one in result.diagnostics]
    used: dict[str, Source] = {}
    for result in parsed:
        diagnostics.extend(_use(result.document, shelf, used))
    parsed_packs = [parse(source) for source in used.values()]
    diagnostics.extend(one for result in parsed_packs for one in result.diagnostics)
    parts = [
        *(Part(result.document) for result in parsed),
        *(Part(result.document, name) for name, result in zip(used, parsed_packs, strict=True)),
    ]
    checked = check(parts, diagnostics)
    documents: Sequence[Document] = [part.document for part in parts]
    return Loaded(checked.policy, checked.diagnostics, (*sources, *used.values()), tuple(documents))


@cache
def packs() -> Mapping[str, Source]:
    """The shipped packs by name."""
    folder = files("policy").joinpath("packs")
    return {
        entry.name.removesuffix(".policy"): Source(f"packs/{entry.name}", entry.read_text("utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".policy")
    }


def _use(
    document: Document, shelf: Mapping[str, Source], used: dict[str, Source]
) -> list[Diagnostic]:
    found = []
    for item in document.items:
        for name in item.names if isinstance(item, UseSyntax) else ():
            if name.text not in shelf:
                mend = did_you_mean(name.text, shelf, "pack")
                found.append(
                    Diagnostic("GP0512", f"there is no pack `{name.text}`", name.span, "", mend)
                )
            else:
                used[name.text] = shelf[name.text]
    return found
