"""`gatepost policy init`: a policy to start from."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make, or to add the policy to.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write a commented policy to start from into FOLDER/shop.policy; nothing is overwritten."""
    text = files(__package__).joinpath("starter.policy").read_text("utf-8")
    target = folder / "shop.policy"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        typer.echo(f"gatepost: {target} is there already and stays as it is", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"gatepost: {target} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"written": str(target)}))
        return
    typer.echo(
        f"{target} is written. Next:\n"
        f"  gatepost policy check {target}\n"
        f"  gatepost policy test {target}\n"
        f"  gatepost policy verify {target}"
    )
