"""A group of commands whose modules are imported only when one of them is called.

A verb may need spaCy, scikit-learn or Z3, which take seconds to import; `gatepost --help` needs
none of them, so the one line that help shows of each verb stands in the table, not in its module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
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


def group(name: str, doc: str, verbs: Mapping[str, Verb]) -> TyperGroup:
    """A command group over `verbs`, in their order."""
    return _LazyGroup(name=name, help=doc, no_args_is_help=True, verbs=verbs)


class _LazyGroup(TyperGroup):
    def __init__(self, *, verbs: Mapping[str, Verb], **settings: Any) -> None:
        super().__init__(**settings)
        self._verbs = verbs

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self._verbs)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb for help to list: its line from the table, without importing its module."""
        verb = self._verbs.get(cmd_name)
        if verb is None:
            return None
        return TyperCommand(name=cmd_name, help=verb.help, rich_help_panel=verb.panel)

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
        app.command(name)(getattr(import_module(module), function))
        return typer.main.get_command(app)
