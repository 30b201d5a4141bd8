"""Every route of the API, with requests that fit its description and such that do not.

`make api-fuzz` does the same for longer.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from tests.pipeline.sender.support import EMAIL, FRAUD, Running, serving, sink

EXAMPLES = int(os.environ.get("GATEPOST_API_EXAMPLES", "2"))
load_all_checks()
AS_DESCRIBED = CHECKS.get_by_names(
    ["response_schema_conformance", "content_type_conformance", "status_code_conformance"]
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        sink() as smtp,
        serving(tmp_path_factory.mktemp("service"), smtp.port, requests_per_minute=0) as running,
    ):
        for body in (EMAIL, FRAUD, {**EMAIL, "send_at": "2099-01-01T00:00:00Z"}):
            assert running.post("/v1/emails", body).status_code == 202
        yield running


def key_for(path: str) -> str:
    return "oversight" if "/oversight/" in path else "administration"


def test_every_answer_is_one_that_is_described_and_none_a_server_error(service: Running) -> None:
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    known = service.get("/v1/emails", by="administration").json()["emails"]
    box = service.get("/v1/mailboxes").json()["mailboxes"][0]["id"]
    places = {"mailbox_id": box, "email_id": known[0]["id"]}
    failures: list[str] = []
    seen = 0

    for result in schema.get_all_operations():
        operation = result.ok()
        assert operation is not None, result
        seen += seen % 2  # the first request to each route is to something that is there
        headers = {"Authorization": f"Bearer {service.keys[key_for(operation.path)]}"}

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            nonlocal seen
            if seen % 2 == 0 and case.method != "DELETE":  # else every path leads to nothing
                for name in case.path_parameters or {}:
                    case.path_parameters[name] = places.get(name, case.path_parameters[name])
            answer = case.call(headers=headers)  # noqa: B023  # called at once
            seen += 1
            if answer.status_code >= 500:
                failures.append(f"{case.method} {case.formatted_path}: {answer.text[:300]}")
                return
            case.validate_response(answer, checks=AS_DESCRIBED)

        one()
    assert failures == []
    assert seen > 80
    assert service.get("/ready").json()["status"] == "ready"
