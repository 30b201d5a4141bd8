"""All checks together, for the settings that the service runs with."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from pipeline.doctor.domains import check_domain
from pipeline.doctor.finding import Finding, failure, ok
from pipeline.doctor.keys import Fetch, check_identity_keys, check_private_file, fetched
from pipeline.doctor.machine import check_clock, check_disk, check_store
from pipeline.doctor.mail_server import check_mail_server, check_own_name
from pipeline.mail.signing import DkimKey, SigningKeyError, load_keys
from pipeline.names import Names
from pipeline.sender.delivery.configured import route_of
from pipeline.sender.settings import Settings
from pipeline.store.database import CannotOpenError, read_store
from pipeline.store.tables import mailbox

__all__ = ["check_service"]


async def check_service(
    settings: Settings, domains: Sequence[str], names: Names, fetch: Fetch = fetched
) -> list[Finding]:
    """Machine, store, mail server, keys, and the DNS of every domain that we send from.

    Those are the domains of mailboxes and of keys, and `domains` besides.
    """
    store = str(settings.store)
    found = [*check_disk(store), *check_clock(), *await asyncio.to_thread(check_store, store)]
    if settings.smtp_route == "relay":
        found += await check_mail_server(route_of(settings), names)
    else:
        found += await check_own_name(settings.smtp_own_name, names)
    keys, problems = _dkim_keys(settings)
    found += problems
    for path in settings.dkim_keys.values():
        found += check_private_file("dkim", path)
    found += await check_identity_keys(settings.identity_keys, fetch, datetime.now(UTC))
    own = {
        *(domain.lower() for domain in domains),
        *await asyncio.to_thread(_mailbox_domains, store),
        *(key.domain for key in keys),
        *settings.identity_keys,
    }
    for domain in sorted(own):
        found += await check_domain(names, domain, keys)
    if not own:
        found.append(ok("domains", store, "no mailbox and no key yet, so no domain to look at"))
    return found


def _dkim_keys(settings: Settings) -> tuple[Sequence[DkimKey], list[Finding]]:
    keys: list[DkimKey] = []
    problems = []
    for record, path in settings.dkim_keys.items():
        try:
            keys += load_keys({record: path})
        except SigningKeyError as error:
            problems.append(failure("dkim", record, str(error), "correct GATEPOST_DKIM_KEYS"))
    return keys, problems


def _mailbox_domains(store: str) -> set[str]:
    def addresses(connection: Connection) -> list[str]:
        return list(connection.execute(select(mailbox.c.address)).scalars())

    try:
        return {one.rpartition("@")[2].lower() for one in read_store(store, addresses)}
    except (CannotOpenError, DBAPIError):
        return set()  # the check of the store has said so
