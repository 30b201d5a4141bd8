"""Fuzz loading, layout and decisions with atheris; see README.md beside this file."""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[3]))

with atheris.instrument_imports(include=["policy", "lark"]):
    from policy.codes import codes
    from policy.compiler import Compiled
    from policy.evaluator import decide
    from policy.formatter import format_document
    from policy.loading import load, packs
    from policy.parser import parse
    from policy.syntax import Source


def holds(data: bytes) -> None:
    """Whatever the text: diagnostics or a policy; layout that lasts; evaluators that agree."""
    source = Source("any.policy", data.decode("utf-8", errors="replace"))
    loaded = load(source)
    loaded.rendered()
    parsed = parse(source)
    if not parsed.diagnostics:
        laid = format_document(parsed.document)
        again = parse(Source("any.policy", laid))
        assert not again.diagnostics, laid
        assert format_document(again.document) == laid
    if loaded.policy is None:
        assert loaded.errors
        return
    facts = loaded.policy.vocabulary.ordinary()
    for known in (facts, facts.replace({"tags": None, "kind": None})):
        assert Compiled(loaded.policy).decide(known) == decide(loaded.policy, known)


def seeds(folder: Path) -> None:
    """Write what to start from into an empty corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [source.text for source in packs().values()]
    texts.extend(text for code in codes().values() for text in (code.wrong, code.right))
    for number, text in enumerate(texts):
        (folder / f"seed-{number:03}").write_text(text, "utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if not argument.startswith("-"):
            seeds(Path(argument))
    atheris.Setup(sys.argv, holds)
    atheris.Fuzz()
