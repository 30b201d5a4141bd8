"""`gatepost train`: labelled text to a model, which becomes live unless it is worse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.project import here_or_in_project

if TYPE_CHECKING:
    from classifier.examples import Example
    from classifier.learning import Learned
    from classifier.live import Live


def train(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="Labels of your own: .jsonl, .csv, .parquet, or a folder of them; repeatable."
        ),
    ] = None,
    with_reviews: Annotated[
        str | None,
        typer.Option(
            metavar="STORE|FILE",
            help="Reviewed mail: the store of the service, or what `model reviews export` wrote.",
        ),
    ] = None,
    held_out: Annotated[
        Path | None, typer.Option(help="Labels to measure on; default: one in five of your own.")
    ] = None,
    recall: Annotated[
        float | None,
        typer.Option(help="The recall of fraud to promise, such as 0.95; sets its threshold."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            help="Word vectors in the layout of Model2Vec, such as `make vectors` fetches.",
            callback=lambda path: path and here_or_in_project(path),
        ),
    ] = None,
    starter: Annotated[
        Path, typer.Option(help="The project's own training text.", callback=here_or_in_project)
    ] = Path("data/training"),
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The model folder; keeps every version.")
    ] = Path("build/model"),
    force: Annotated[
        bool, typer.Option("--force", help="Make the new version live although it is worse.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train the classifier on the project's text and on labels of your own.

    One in five of your messages, always the same ones, is not learned from; new and live version
    are compared on those by McNemar's exact test. A version that has more intents wrong or misses
    more fraud than the live one is kept but does not become live.

    With --recall, the threshold of fraud is set so that your labelled frauds held back promise that
    recall with 95 % confidence; 0.95 takes at least 59 of them, 0.99 takes 299.

    With --vectors, words that no message of the training text has are known by words that are used
    alike. The model holds what was made of them; the folder is not needed to classify.

    Exit code 0: the new version is live. 1: it is not, and why. 2: labels, vectors, model or store
    cannot be read.
    """
    import json

    from classifier.artifact import ModelError
    from classifier.examples import DataError, read_examples
    from classifier.vectors import VectorsError, read_vectors
    from classifier.versions import VersionError, adopt, release
    from pipeline.cli.trained import as_json_value, show, show_verdict
    from pipeline.reviews import examples_in
    from pipeline.store.database import CannotOpenError

    if recall is not None and not 0.0 < recall < 1.0:
        typer.echo("gatepost train: --recall must lie between 0 and 1", err=True)
        raise typer.Exit(2)
    at = _now()
    try:
        adopt(output, at=at)
        own = [example for path in data or () for example in read_examples(path)]
        own += examples_in(with_reviews) if with_reviews else []
        kept = read_examples(held_out) if held_out else None
        live = _live(output)
        settings = {"vectors": read_vectors(vectors)} if vectors else {}
        version, learned = _learn(read_examples(starter), own, output, live, kept, recall, settings)
    except (
        DataError, VectorsError, ModelError, VersionError, CannotOpenError, OSError
    ) as error:  # fmt: skip
        typer.echo(f"gatepost train: {error}", err=True)
        raise typer.Exit(2) from None
    objections = learned.objections(live)
    if force or not objections:
        release(output, version, at=at, why="trained" if not objections else "trained, forced")
    if as_json:
        typer.echo(json.dumps(as_json_value(learned, version, objections, force), indent=1))
    else:
        show(learned, output, version, recall)
        show_verdict(objections, output, version, force)
    if objections and not force:
        raise typer.Exit(1)


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def _live(output: Path) -> Live | None:
    """The model to be replaced; None when there is none, or none that this program can read."""
    from classifier.artifact import ModelError
    from classifier.live import Live
    from classifier.versions import releases

    if not releases(output):
        return None
    try:
        return Live.read(output)
    except ModelError as error:
        typer.echo(f"gatepost train: nothing to compare with: {error}", err=True)
        return None


def _learn(
    starter: list[Example],
    own: list[Example],
    output: Path,
    live: Live | None,
    held_out: list[Example] | None,
    recall: float | None,
    settings: Mapping[str, Any],
) -> tuple[str, Learned]:
    """Train a new version; nothing of it stays behind when that fails."""
    import shutil

    from classifier.learning import learn
    from classifier.versions import new_version

    version, folder = new_version(output)
    try:
        return version, learn(
            starter,
            own,
            folder,
            version=version,
            live=live,
            held_out=held_out,
            recall=recall,
            settings=settings,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
