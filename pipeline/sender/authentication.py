"""Who calls: an API key, what it is good for, and as whom it acts."""

from typing import Annotated

from fastapi import Depends, Request

from pipeline.sender.problems import ProblemError
from pipeline.sender.service import service_of
from pipeline.store.execution import Who
from pipeline.store.keys import Key, find_keys
from policy.lifecycle import Actor

__all__ = [
    "Admin", "GoodFor", "Overseer", "Reader", "Writer", "caller", "demand_person", "person",
]  # fmt: skip


async def caller(request: Request) -> Key:
    """The key of the request, from `Authorization: Bearer` or `X-API-Key`."""
    service = service_of(request)
    header = request.headers.get("authorization", "")
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer":
        secret = request.headers.get("x-api-key", "")
    secret = secret.strip().removeprefix("Bearer ").strip()  # some clients write it twice
    key = await service.store.read_together(find_keys, secret) if secret else None
    if key is None:
        raise ProblemError(
            401,
            "the API key is not known" if secret else "no API key was given",
            "send `Authorization: Bearer` and a key made by `gatepost key create`",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if wait := service.callers.admit(key.id):
        raise ProblemError(
            429,
            f"the key {key.name!r} makes more than {service.settings.requests_per_minute} requests "
            "a minute",
            f"wait {wait} seconds; whoever runs the service sets GATEPOST_REQUESTS_PER_MINUTE",
            headers={"Retry-After": str(wait)},
        )
    return key


class GoodFor:
    """The dependency of a route that asks for a key with `scope`; the route's parameter is it."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Key:
        """The key, when it is good for the scope; raises ProblemError."""
        key = await caller(request)  # called: a dependency of a dependency costs more than it does
        if not key.may(self.scope):
            raise ProblemError(
                403,
                f"the key {key.name!r} lacks the scope `{self.scope}`",
                f"use a key with the scope `{self.scope}`; it has {', '.join(sorted(key.scopes))}",
                scope=self.scope,
            )
        return key


Reader = Annotated[Key, Depends(GoodFor("read"))]
Writer = Annotated[Key, Depends(GoodFor("send"))]
Overseer = Annotated[Key, Depends(GoodFor("oversight"))]
Admin = Annotated[Key, Depends(GoodFor("admin"))]


def demand_person(key: Key, what: str) -> None:
    """Raise ProblemError unless a person holds `key`; `what` is the act that asks for one."""
    if key.author != "person":
        raise ProblemError(
            403,
            f"the key {key.name!r} is that of {key.author}, and only a person {what}",
            "use a key that was made with `author` person, for the person who holds it",
            rule=f"only a person {what}",
        )


def person(key: Key) -> Who:
    """The person whose oversight key this is."""
    return Who(Actor.PERSON, key.holder)
