"""`gatepost reload`: have a running service read its policy again."""

import typer

from pipeline.cli.service_address import DEFAULT_URL, AdminKey, Url, key_or_exit, no_answer


def reload(url: Url = DEFAULT_URL, key: AdminKey = "") -> None:
    """Put the policy, as its files are now, into force, if it is proved.

    Messages that wait are decided anew, and approvals that they had are void. SIGHUP does the same
    and tells the log. Exit code 0: in force. 1: refuted or not covered by its certificate; the
    policy before stays in force. 2: the service or a file cannot be used.
    """
    import httpx

    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/v1/service/reload",
            headers={"Authorization": f"Bearer {key_or_exit(key, 'admin')}"},
            timeout=300,
        )
        body = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        typer.echo(no_answer(url), err=True)
        raise typer.Exit(2) from None
    if answer.status_code == 200:
        said = "is in force" if body["changed"] else "was in force already"
        typer.echo(f"{body['policy']} ({body['digest'][:12]}) {said}")
        return
    for line in body.get("lines", ()):
        typer.echo(line, err=True)
    typer.echo(f"gatepost: {body.get('detail', answer.status_code)}", err=True)
    raise typer.Exit(1 if "refuted" in str(body.get("detail")) else 2)
