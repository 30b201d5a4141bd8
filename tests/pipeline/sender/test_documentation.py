"""The examples of docs/api.md run as they stand."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import needs
from tests.pipeline.sender.support import Running, serving, sink

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLES = [
    block
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    if "curl" in block
]
OTHER = {"address": "first@yourstore.example"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    with sink() as smtp, serving(folder, smtp.port, mailbox=OTHER) as running:
        yield running


@needs(shutil.which("curl"), "curl: apt-get install curl")
def test_every_example_is_accepted(service: Running) -> None:
    assert len(EXAMPLES) == 7
    environment = {
        "URL": service.url, "ADMIN": service.keys["administration"],
        "SEND": service.keys["sending"], "OVERSEE": service.keys["oversight"],
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }  # fmt: skip
    for example in EXAMPLES:
        done = subprocess.run(
            ["sh", "-c", example], env=environment, capture_output=True, timeout=30, check=False
        )
        assert done.returncode == 0, example
        assert "error" not in json.loads(done.stdout)


def test_every_route_that_is_named_is_there(service: Running) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    known = {re.sub(r"\{\w+\}", "{}", path) for path in paths}
    named = re.findall(r"(?:GET|POST|PATCH|DELETE) `?(/v1/[\w/{}-]+)", PAGE.read_text())
    assert len(named) > 10
    assert [path for path in named if re.sub(r"\{\w+\}", "{}", path) not in known] == []
