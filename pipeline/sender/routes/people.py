"""The people who sign in to the console: added, listed and shut out while the service runs."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, SecretStr
from sqlalchemy import RowMapping

from pipeline.console.passwords import (
    LEAST_PASSWORD,
    authenticator_uri,
    hash_password,
    new_totp_secret,
)
from pipeline.sender.answers import PeopleAnswer, PersonDone, PersonMade, answer
from pipeline.sender.authentication import Admin, demand_person, person
from pipeline.sender.problems import ProblemError, field_problem
from pipeline.sender.requests import Body, Line
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.store.people import (
    PersonExistsError,
    PersonNameError,
    add_person,
    disable_person,
    list_people,
    renew_person,
)

router = APIRouter(prefix="/v1/people", tags=["people"])


Password = Annotated[SecretStr, Field(min_length=LEAST_PASSWORD, max_length=1000)]
Role = Annotated[Line, Field(min_length=1, max_length=80)]


class NewPerson(Body):
    """A person and the teams they approve for; `*` is every team."""

    name: Annotated[Line, Field(min_length=1, max_length=100)]
    password: Password
    roles: list[Role] = Field(default_factory=list)


class Renewal(Body):
    """A new password; `roles` are the teams from now on, those before when left out."""

    password: Password
    roles: list[Role] | None = None


@router.post("", status_code=201, responses=answer(PersonMade, 201))
async def add(body: NewPerson, key: Admin, service: Serving) -> dict[str, Any]:
    """Let a person sign in; what their authenticator app needs is in this answer and nowhere else.

    Only with a key that a person holds: an agent never makes the people who approve what it writes.
    """
    demand_person(key, "lets people in")
    secret = new_totp_secret()
    hashed = await asyncio.to_thread(hash_password, body.password.get_secret_value())
    try:
        await service.store.write(
            lambda connection: add_person(
                connection, name=body.name, password_hash=hashed, totp_secret=secret,
                roles=body.roles, who=person(key),
            )
        )  # fmt: skip
    except PersonNameError as error:
        raise field_problem("name", str(error), "write a name such as ada.lovelace") from None
    except PersonExistsError as error:
        raise ProblemError(409, str(error), "choose another name", field="name") from None
    return _made(body.name, sorted(set(body.roles)), secret)


@router.post("/{name}/renew", responses=answer(PersonMade))
async def renew(name: str, body: Renewal, key: Admin, service: Serving) -> dict[str, Any]:
    """Give a person another password and second factor, such as after a lost telephone.

    Every open session of theirs ends, and whoever was shut out may sign in again. Only with a key
    that a person holds.
    """
    demand_person(key, "lets people in")
    secret = new_totp_secret()
    hashed = await asyncio.to_thread(hash_password, body.password.get_secret_value())
    roles = await service.store.write(
        lambda connection: renew_person(
            connection, name, password_hash=hashed, totp_secret=secret, roles=body.roles,
            who=person(key),
        )
    )  # fmt: skip
    return _made(name, roles, secret)


@router.get("", responses=answer(PeopleAnswer))
async def listing(key: Admin, service: Serving) -> dict[str, Any]:
    """The people who may or might sign in."""
    rows = await service.store.read(list_people)
    return {"people": [_shown(row) for row in rows]}


@router.delete("/{name}", responses=answer(PersonDone))
async def disable(name: str, key: Admin, service: Serving) -> dict[str, Any]:
    """Shut a person out at once, with every open session."""
    await service.store.write(lambda connection: disable_person(connection, name, person(key)))
    return {"name": name, "status": "disabled"}


def _made(name: str, roles: Sequence[str], secret: str) -> dict[str, Any]:
    return {
        "name": name,
        "roles": roles,
        "totp_secret": secret,
        "totp_uri": authenticator_uri(name, secret),
    }


def _shown(row: RowMapping) -> dict[str, Any]:
    return {
        "name": row["name"],
        "roles": row["roles"],
        "created_at": time_text(row["created_at"]),
        "disabled_at": time_text(row["disabled_at"]) if row["disabled_at"] else None,
    }
