"""`gatepost serve`: the service, under a policy that was proved."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.files import policy_or_exit

if TYPE_CHECKING:  # these load web server, solver and classifier
    from pipeline.sender.gate import Classify
    from pipeline.sender.settings import Settings
    from policy.rules import Policy


def serve(
    policy: Annotated[
        list[Path], typer.Option(help="Policy file or folder; may be given several times.")
    ],
    smtp: Annotated[
        str | None, typer.Option(help="Mail server as host:port; see also GATEPOST_SMTP_….")
    ] = None,
    smtp_tls: Annotated[
        str | None, typer.Option(help="required, opportunistic, implicit, or off (local only).")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="The SQLite file of the service, or postgresql://….")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8025,
    certificate: Annotated[
        Path | None, typer.Option(help="Folder of a certificate; else the policy is proved now.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of the classifier's model.")] = None,
    without_classifier: Annotated[
        bool, typer.Option(help="Run without one: whatever it would tell is unknown, and gates.")
    ] = False,
) -> None:
    """Take messages, judge them, hold or send them, until stopped.

    Refuses a policy that is not proved. Exit code 0: stopped in good order. 1: the policy is
    refuted, or its certificate does not cover it. 2: a file, setting or the store is not usable.
    """
    checked = policy_or_exit(policy)
    settings = settings_or_exit(smtp, smtp_tls, store)
    certified = _demand_proof(checked, certificate)
    classify = None if without_classifier else classifier_or_exit(model)
    _run(settings, checked, classify, certified, host, port)


def settings_or_exit(
    smtp: str | None, smtp_tls: str | None, store: str | None
) -> "Settings":
    """The settings, from options and variables; shows every mistake and exits 2."""
    from pydantic import ValidationError

    from pipeline.sender.settings import Settings

    given: dict[str, Any] = {"store": store, "smtp_tls": smtp_tls}
    if smtp is not None:
        server, colon, number = smtp.rpartition(":")
        given |= {"smtp_host": server, "smtp_port": number} if colon else {"smtp_host": smtp}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        for one in error.errors():
            name = ".".join(map(str, one["loc"]))
            typer.echo(f"gatepost: setting {name}: {one['msg']}", err=True)
        raise typer.Exit(2) from None


def _demand_proof(policy: "Policy", certificate: Path | None) -> str:
    """Go on only with a policy of which every claim is proved.

    Returns the name of its certificate; an empty one when it is proved here and now.
    """
    from proofs.certificate import Certificate, CertificateError
    from proofs.recheck import recheck

    if certificate is not None:
        try:
            objections = recheck(policy, certificate)
        except CertificateError as error:
            typer.echo(f"gatepost: {error}", err=True)
            raise typer.Exit(2) from None
        for objection in objections:
            typer.echo(
                f"gatepost: the certificate does not cover the policy: {objection}", err=True
            )
        if objections:
            typer.echo("Run `gatepost policy verify --certificate FOLDER` anew.", err=True)
            raise typer.Exit(1)
        return Certificate.read(certificate).name

    from proofs.reporting import verdict_lines
    from proofs.verification import verify

    verdicts = verify(policy)
    for verdict in verdicts.refuted:
        typer.echo("\n".join(verdict_lines(verdict)), err=True)
    if not verdicts.proved:
        typer.echo(
            f"gatepost: {policy.name}: refuted, so it is not served; mend the policy and see "
            "`gatepost policy verify`",
            err=True,
        )
        raise typer.Exit(1)
    return ""


def classifier_or_exit(model: Path | None) -> "Classify":
    """The classifier as the gate asks it; exits 2 when there is no usable model."""
    from classifier.artifact import ModelError
    from classifier.model import Classifier
    from classifier.prediction import MessageText

    try:
        classifier = Classifier.load(model)
    except ModelError as error:
        typer.echo(
            f"gatepost: {error}\nRun `gatepost train`, or serve with --without-classifier (then "
            "nearly everything is held).",
            err=True,
        )
        raise typer.Exit(2) from None
    return lambda subject, text, hidden, quoted: classifier.classify(
        MessageText(subject, text, quoted, hidden=hidden)
    )


def _run(
    settings: "Settings",
    policy: "Policy",
    classify: "Classify | None",
    certificate: str,
    host: str,
    port: int,
) -> None:
    from pipeline.mail.signing import SigningKeyError, load_keys
    from pipeline.sender.starting import first_keys, serve
    from pipeline.store.database import CannotOpenError

    try:
        for key in load_keys(settings.dkim_keys):
            typer.echo(f"signing for {key.domain}; TXT {key.record_name} must be: {key.dns_record}")
        for name, secret in first_keys(settings):
            typer.echo(f"key for {name} (shown this once): {secret}")
        typer.echo(f"{policy.name}: proved. Listening on http://{host}:{port}, docs at /docs")
        serve(settings, policy, classify, host=host, port=port, certificate=certificate)
    except (CannotOpenError, SigningKeyError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
