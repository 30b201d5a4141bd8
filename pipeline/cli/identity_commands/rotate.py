"""`gatepost identity rotate`: a new key for the signed identity of what leaves."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def rotate(
    folder: Annotated[Path, typer.Argument(help="The folder of the keys; made if need be.")],
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised", help="The key in use was stolen: nothing it signed shall be believed."
        ),
    ] = False,
) -> None:
    """Put a new Ed25519 key into use and print its name.

    The first time, name the folder in GATEPOST_IDENTITY_KEYS, such as
    {"shop.example": "/etc/gatepost/identity"}. A running service takes the new key with the next
    message. FOLDER/keys.json holds the public halves, also of the keys before; the service shows
    them under /.well-known/gatepost-keys, and the web server of the domain must, too.
    Exit code 2: the folder is not usable.
    """
    from pipeline.mail.identity_keys import rotate as rotate_keys
    from pipeline.mail.signing import SigningKeyError

    try:
        typer.echo(rotate_keys(folder, datetime.now(UTC), compromised=compromised))
    except SigningKeyError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
