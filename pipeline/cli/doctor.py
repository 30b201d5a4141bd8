"""`gatepost doctor`: what stands in the way of mail that arrives."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.files import policy_or_exit
from pipeline.cli.project import DEFAULT_MODEL, ModelOption
from pipeline.cli.serving_options import (
    CertificateOption,
    ServiceStore,
    Smtp,
    SmtpTls,
    settings_or_exit,
)

if TYPE_CHECKING:
    from pipeline.doctor.finding import Finding

_MARKS = {"ok": "ok     ", "advice": "advice ", "failure": "FAILURE"}


def doctor(
    policy: Annotated[
        list[Path] | None, typer.Option(help="Policy file or folder; may be given several times.")
    ] = None,
    certificate: CertificateOption = None,
    model: ModelOption = DEFAULT_MODEL,
    smtp: Smtp = None,
    smtp_tls: SmtpTls = None,
    store: ServiceStore = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(help="A domain to look at besides those of mailboxes and keys."),
    ] = None,
    resolver: Annotated[
        str | None, typer.Option(help="Name server to ask, ADDRESS or ADDRESS:PORT.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check what `serve` needs, with the same settings: each thing with what, where and mend.

    Looked at are the mail server (reached, encrypted, signed in to), the MX, SPF, DKIM, DMARC and
    MTA-STS records of the domains that mail is sent from, the keys and whether they are published,
    the store and what waits in it, disk, clock, model, policy and certificate. Nothing is sent and
    nothing changed; it may run beside the service. Exit code 0: nothing fails, advice apart. 1:
    something does. 2: a setting or file is not usable.
    """
    from pipeline.doctor.checking import check_service
    from pipeline.doctor.judging import check_certificate, check_model
    from pipeline.names import Names, resolver_at

    settings = settings_or_exit(smtp, smtp_tls, store)
    checked = policy_or_exit(policy) if policy else None
    try:
        names = Names(resolver_at(resolver) if resolver else None)
    except ValueError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    found = asyncio.run(check_service(settings, domain or [], names))
    found += check_model(model)
    if checked is not None:
        found += check_certificate(checked, certificate, settings.certificate_public_key)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], indent=1, ensure_ascii=False))
    else:
        _show(found)
    raise typer.Exit(1 if any(one.verdict == "failure" for one in found) else 0)


def _show(found: "list[Finding]") -> None:
    from collections import Counter

    for one in found:
        typer.echo(f"{_MARKS[one.verdict]} {one.check:<12} {one.where}: {one.what}")
        if one.mend:
            typer.echo(f"{'':<20} -> {one.mend}")
    counts = Counter(str(one.verdict) for one in found)
    typer.echo(
        f"\nin order: {counts['ok']}, advice: {counts['advice']}, failures: {counts['failure']}"
    )
