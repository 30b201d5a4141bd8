"""The option that names the store, the same for every command that opens one."""

from typing import Annotated

import typer

__all__ = ["DEFAULT_STORE", "StoreOption"]

DEFAULT_STORE = "gatepost.db"
StoreOption = Annotated[
    str,
    typer.Option(
        envvar="GATEPOST_STORE", help="The store of the service: an SQLite file, or postgresql://…"
    ),
]
