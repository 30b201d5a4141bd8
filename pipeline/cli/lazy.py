"""A group of commands whose modules are imported only when one of them is called.

A verb may need spaCy, scikit-learn or Z3, which take seconds to import; `gatepost --help` needs
none of them, so the one line that help shows of each verb stands in the table, not in its module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["Verb", "group"]


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb is: `module:function`, or a group of verbs; and what help says of it."""

    help: str
    target: str = ""
    verbs: Mapping[str, "Verb"] | None = None
    panel: str | None = None


def group(
    name: str, doc: str, verbs: Mapping[str, Verb], options: Callable[..., None] | None = None
) -> TyperGroup:
    """A command group over `verbs`, in their order; the parameters of `options` are its options."""
    params = []
    if options is not None:
        app = typer.Typer(add_completion=False)
        app.callback()(options)
        params = typer.main.get_group(app).params
    return _LazyGroup(name=name, help=doc, no_args_is_help=True, params=params, verbs=verbs)


class _LazyGroup(TyperGroup):
    def __init__(self, *, verbs: Mapping[str, Verb], **settings: Any) -> None:
        # What help lists, and what a misspelt verb is compared with: lines of the table.
        listed: list[Any] = [
            TyperCommand(name=name, help=verb.help, rich_help_panel=verb.panel)
            for name, verb in verbs.items()
        ]
        super().__init__(commands=listed, **settings)
        self._verbs = verbs

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self._verbs)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb to run, imported now."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, None if name is None or command is None else self._imported(name), rest

    def _imported(self, name: str) -> Any:
        verb = self._verbs[name]
        if verb.verbs is not None:
            return group(name, verb.help, verb.verbs)
        module, _, function = verb.target.partition(":")
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        run = getattr(import_module(module), function)
        app.command(name, help=_reflowed(cleandoc(run.__doc__)))(run)
        return typer.main.get_command(app)


def _reflowed(doc: str) -> str:
    """`doc` with one line a paragraph, since help is as wide as its terminal, not as our files."""
    paragraphs = doc.split("\n\n")
    return "\n\n".join(one if "\n " in one else one.replace("\n", " ") for one in paragraphs)
