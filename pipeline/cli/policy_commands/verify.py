"""`gatepost policy verify`: every claim about a policy, proved or refuted with a message."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import policy_or_exit
from pipeline.cli.policy_commands.progress import steps


def verify(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    certificate: Annotated[
        Path | None,
        typer.Option(help="Write the certificate that `gatepost serve` demands into this folder."),
    ] = None,
    sign_with: Annotated[
        Path | None,
        typer.Option(help="Sign the certificate with this Ed25519 private key, a PEM file."),
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Also name the rules that each proof rests on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Prove the built-in claims and those of the policy, for every message there can be.

    Exit code 0: all proved. 1: refuted; the smallest message that breaks the claim is shown, the
    rules that let it through, and a small change that closes the hole.
    2: the policy has mistakes, or a file cannot be used. 3: no answer (a defect of Gatepost).
    """
    if sign_with is not None and certificate is None:
        raise typer.BadParameter("--sign-with signs a certificate; give --certificate as well")
    policy = policy_or_exit(paths)

    from proofs.certificate import CertificateError, certificate_of
    from proofs.claims import claims_of
    from proofs.mending import mend
    from proofs.reliance import rests_on
    from proofs.reporting import verdict_lines, verdicts_json
    from proofs.second_opinion import OpinionsDifferError
    from proofs.signature import private_key, sign
    from proofs.solver import SolverGaveUpError
    from proofs.verdicts import Outcome
    from proofs.verification import verify as settle
    from proofs.witness import DoesNotReplayError

    try:
        key = None if sign_with is None else private_key(sign_with)
        count = len(claims_of(policy))
        with steps(count if certificate is None else 2 * count + 1) as begins:
            verdicts = settle(policy, begins)
            made = None if certificate is None else certificate_of(policy, verdicts, begins)
        if certificate is not None and made is not None:
            made.write(certificate)
            if key is not None:
                sign(certificate, key)
    except CertificateError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    except (DoesNotReplayError, OpinionsDifferError, SolverGaveUpError) as error:
        typer.echo(
            f"gatepost: no verdict: {error}\nThis is a defect of Gatepost: please report it with "
            "the policy. Nothing is proved.",
            err=True,
        )
        raise typer.Exit(3) from None
    except OSError as error:
        typer.echo(f"gatepost: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    mends = {verdict.claim.id: mend(policy, verdict) for verdict in verdicts.refuted}
    claims = [verdict.claim for verdict in verdicts]
    rests = {one.id: rules for one, rules in rests_on(policy, claims)} if why else {}
    if as_json:
        result = verdicts_json(verdicts)
        for row in result["verdicts"]:
            found = mends.get(row["id"])
            row["mend"] = None if found is None else found.advice
            if why:
                row["rests_on"] = [rule.title for rule in rests.get(row["id"], ())]
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        # What is refuted comes last: it is what there is to read.
        for verdict in sorted(verdicts, key=lambda one: one.outcome is Outcome.REFUTED):
            if verdict.outcome is Outcome.REFUTED:
                typer.echo("")
            typer.echo("\n".join(verdict_lines(verdict, mends.get(verdict.claim.id))))
            for rule in rests.get(verdict.claim.id, ()):
                typer.echo(f"         rests on “{rule.title}”  {rule.span}")
        count, refuted = len(verdicts.items), len(verdicts.refuted)
        typer.echo(
            f"\n{policy.name}: all {count} claims hold for every message"
            if verdicts.proved
            else f"\n{policy.name}: {refuted} of {count} claims {'is' if refuted == 1 else 'are'} "
            "refuted; a policy is not served before all are proved"
        )
    raise typer.Exit(0 if verdicts.proved else 1)
