"""`gatepost serve`: the service, under a policy that was proved."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption
from pipeline.cli.serving_options import (
    CertificateOption,
    ServiceStore,
    Smtp,
    SmtpTls,
    settings_or_exit,
)

if TYPE_CHECKING:  # these load web server, solver and classifier
    from classifier.model import Classifier
    from classifier.prediction import Prediction
    from pipeline.sender.gate import Classify
    from pipeline.sender.proved import Proved
    from pipeline.sender.settings import Settings


def serve(
    policy: Annotated[
        list[Path], typer.Option(help="Policy file or folder; may be given several times.")
    ],
    smtp: Smtp = None,
    smtp_tls: SmtpTls = None,
    store: ServiceStore = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8025,
    certificate: CertificateOption = None,
    model: ModelOption = DEFAULT_MODEL,
    without_classifier: Annotated[
        bool,
        typer.Option(
            "--without-classifier",
            help="Run without a model: whatever it would tell is unknown, and gates.",
        ),
    ] = False,
) -> None:
    """Take messages, judge them, hold or send them, until stopped.

    Refuses a policy that is not proved. Exit code 0: stopped in good order. 1: the policy is
    refuted, or its certificate does not cover it. 2: a file, setting or the store is not usable.
    On SIGHUP, or `gatepost reload`, the policy files are read again, and what they say comes into
    force if it is proved. Every setting of docs/operations.md is a variable GATEPOST_….
    """
    from pipeline.sender.proving import proved_policy

    settings = settings_or_exit(smtp, smtp_tls, store)
    load = partial(proved_policy, policy, certificate, settings.certificate_public_key)
    proved = _load_or_exit(load)
    classify = None if without_classifier else classifier_or_exit(model)
    _run(settings, proved, load, classify, host, port)


def _load_or_exit(load: "Callable[[], Proved]") -> "Proved":
    """The policy, proved; tells what is wrong and exits 1 when it is refuted, else 2."""
    from pipeline.sender.proved import NotServedError

    try:
        return load()
    except NotServedError as error:
        typer.echo("\n".join(error.lines), err=True)
        raise typer.Exit(1 if error.refuted else 2) from None


def classifier_or_exit(model: Path) -> "Classify":
    """The classifier as the gate asks it; exits 2 when there is no usable model."""
    from classifier.artifact import ModelError
    from classifier.model import Classifier

    try:
        return _Reader(Classifier.load(model))
    except ModelError as error:
        typer.echo(
            f"gatepost: {error}; or name its folder with --model or GATEPOST_MODEL, or serve with "
            "--without-classifier (then nearly everything is held)",
            err=True,
        )
        raise typer.Exit(2) from None


class _Reader:
    """A classifier as the gate calls it; `model` is what the store keeps with each reading."""

    def __init__(self, classifier: "Classifier") -> None:
        self._classifier = classifier
        self.model = classifier.digest

    def __call__(self, subject: str, text: str, hidden: str, quoted: str) -> "Prediction":
        from classifier.prediction import MessageText

        return self._classifier.classify(MessageText(subject, text, quoted, hidden=hidden))

    def explain(self, subject: str, text: str, hidden: str, quoted: str) -> "Prediction":
        from classifier.prediction import MessageText

        return self._classifier.explain(MessageText(subject, text, quoted, hidden=hidden))


def _run(
    settings: "Settings",
    proved: "Proved",
    load: "Callable[[], Proved]",
    classify: "Classify | None",
    host: str,
    port: int,
) -> None:
    from pipeline.mail.signing import SigningKeyError, load_keys
    from pipeline.sender.starting import CannotStartError, demand_free_places, first_keys, serve
    from pipeline.store.database import CannotOpenError

    try:
        demand_free_places(settings, host, port)
        for key in load_keys(settings.dkim_keys):
            typer.echo(f"signing for {key.domain}; TXT {key.record_name} must be: {key.dns_record}")
        for name, secret in first_keys(settings):
            typer.echo(f"key for {name} (shown this once): {secret}")
        name = proved.policy.name
        typer.echo(f"{name}: proved. Listening on http://{host}:{port}, docs at /docs")
        typer.echo(
            f"People decide at http://{host}:{port}/console/ (let in by gatepost person create "
            "before a start, by POST /v1/people from now on)"
        )
        serve(
            settings, proved.policy, classify, host=host, port=port,
            certificate=proved.certificate, load=load,
        )  # fmt: skip
    except (CannotOpenError, CannotStartError, SigningKeyError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
