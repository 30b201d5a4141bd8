"""`gatepost model reviews export`: reviewed mail as training text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def export(
    file: Annotated[Path, typer.Argument(help="The .jsonl file to write, made anew.")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write every message whose labels a person confirmed or corrected, as JSON lines.

    One line a message, in the format of `data/training`, with who said what, when, and about which
    model's reading. Messages of people who were erased are not in it; a file written before an
    erasure still holds them, so write it anew and delete the old one. Exit code 2: no store, or a
    file that cannot be written.
    """
    import json

    from pipeline.reviews import lines
    from pipeline.store.database import CannotOpenError

    count = corrected = 0
    part = file.with_name(f".{file.name}.part")
    try:
        found = lines(store)
        with part.open("w", encoding="utf-8") as stream:
            for line in found:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
                corrected += any(one["from"] != one["to"] for one in line["reviews"])
        part.replace(file)
    except (CannotOpenError, OSError) as error:
        part.unlink(missing_ok=True)
        typer.echo(f"gatepost model reviews export: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{file}: {count} reviewed messages, {corrected} of them corrected")
