"""People who review, at a running service, over real HTTP."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyotp

from pipeline.console.passwords import hash_password
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM
from pipeline.store.people import add_person
from tests.pipeline.sender.support import FRAUD, Running, Sink, serving

PASSWORD = "correct horse battery staple"  # not a secret: of people in tests
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PEOPLE = {"ada": ["fraud_team"], "ben": ["*"]}
"""Names, and the teams that each approves for."""


@dataclass
class Reviewer:
    """A browser without a screen; forms are posted as a page of the console posts them."""

    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})

    def sign_in(self, name: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
        return self.post(
            "/console/sign-in", name=name, password=password, code=code or pyotp.TOTP(SECRET).now()
        )

    def version(self, identity: str) -> str:
        """The version that the form on the message's page would send."""
        found = re.search(r'name="version" value="([\d.]+)"', self.page(identity))
        assert found
        return found[1]

    def page(self, identity: str) -> str:
        answer = self.get(f"/console/messages/{identity}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def approve(self, identity: str, version: str = "") -> httpx.Response:
        path = f"/console/messages/{identity}/approve"
        return self.post(path, version=version or self.version(identity))


@dataclass
class Shop:
    """A running service with people."""

    api: Running
    smtp: Sink
    store: Path

    @contextmanager
    def visitor(self) -> Iterator[Reviewer]:
        with httpx.Client(base_url=self.api.url, follow_redirects=True, timeout=30) as client:
            yield Reviewer(client)

    @contextmanager
    def reviewer(self, name: str) -> Iterator[Reviewer]:
        with self.visitor() as visitor:
            answer = visitor.sign_in(name)
            assert answer.status_code == 200, answer.text
            assert "Waiting for a person" in answer.text
            yield visitor

    def held(self, **more: Any) -> str:
        """A message that waits for the fraud team."""
        answer = self.api.post("/v1/emails", {**FRAUD, **more})
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] == "held"
        identity: str = answer.json()["id"]
        return identity


@contextmanager
def shop(folder: Path, smtp: Sink, **more: Any) -> Iterator[Shop]:
    asyncio.run(_add_people(folder / "gatepost.db"))
    with serving(folder, smtp.port, **more) as running:
        yield Shop(running, smtp, folder / "gatepost.db")


async def _add_people(path: Path) -> None:
    store = Store(path)
    try:
        for name, roles in PEOPLE.items():
            hashed = hash_password(PASSWORD)
            await store.write(
                lambda connection, name=name, roles=roles, hashed=hashed: add_person(  # type: ignore[misc]  # bound now
                    connection, name=name, password_hash=hashed, totp_secret=SECRET, roles=roles,
                    who=SYSTEM,
                )
            )  # fmt: skip
    finally:
        store.close()
