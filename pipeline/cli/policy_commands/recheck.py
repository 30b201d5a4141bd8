"""`gatepost policy recheck`: a certificate checked again, without any solver."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import policy_or_exit


def recheck(
    folder: Annotated[Path, typer.Argument(help="The folder of the certificate.")],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="The policy files; those that the certificate names unless given."),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option(help="Demand that the certificate is signed by this key, a PEM file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check that a certificate proves a policy: encode it anew and replay the proof.

    Exit code 0: it does. 1: it does not, and why. 2: a file is missing or has mistakes.
    """
    from proofs.certificate import Certificate, CertificateError
    from proofs.recheck import recheck as check_again

    try:
        certificate = Certificate.read(folder)
        policy = policy_or_exit(paths or [Path(name) for name in certificate.files])
        objections = check_again(policy, folder, public_key)
    except CertificateError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "policy": policy.name,
                    "certificate": certificate.name,
                    "proved": not objections,
                    "objections": list(objections),
                },
                indent=2,
                ensure_ascii=False,
            )
        )
    elif objections:
        typer.echo("\n".join(f"refused: {objection}" for objection in objections))
    else:
        signed = "" if public_key is None else f"; signed by the key in {public_key}"
        typer.echo(
            f"{policy.name}: certificate {certificate.name} of {certificate.made_at:%Y-%m-%d} "
            f"proves all {len(certificate.verdicts)} claims; replayed without a solver{signed}"
        )
    raise typer.Exit(1 if objections else 0)
