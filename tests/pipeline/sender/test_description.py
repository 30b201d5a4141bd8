"""The description of the API says of every answer what is in it, with an example that fits."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.sender.app import create_app
from pipeline.sender.gate import Gate
from pipeline.sender.settings import Settings
from tests.pipeline.sender.support import policy

Schema = Mapping[str, Any]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    app = create_app(Settings(store=Path("nowhere.db")), Gate(policy(), None))  # never opened
    return app.openapi()


def answers(described: Schema) -> Iterator[tuple[str, Schema]]:
    """Every JSON answer to a request that went well: the route, and the schema."""
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/json", {}).get("schema")
                if status.startswith("2") and schema is not None:
                    yield f"{method.upper()} {path} {status}", schema


def resolved(described: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def example(described: Schema, schema: Schema, where: str) -> Any:
    """What a reader of the description is shown, such as by `/docs`; fails where there is none."""
    if "examples" in schema:
        return schema["examples"][0]
    schema = resolved(described, schema)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return example(described, schema["anyOf"][0], where)
    if schema.get("type") == "array":
        return [example(described, schema["items"], f"{where}[]")]
    assert schema.get("properties"), f"{where} is described by nothing"
    return {
        name: example(described, part, f"{where}.{name}")
        for name, part in schema["properties"].items()
    }


def test_every_answer_is_described_to_its_last_field_with_an_example_that_fits(
    described: dict[str, Any],
) -> None:
    routes = list(answers(described))
    assert len(routes) > 80
    for route, schema in routes:
        shown = example(described, schema, route)
        whole = {**schema, "components": described["components"]}
        Draft202012Validator(whole).validate(shown)


def test_only_files_and_figures_are_no_json(described: dict[str, Any]) -> None:
    known = {route.split()[1] for route, _ in answers(described)}
    assert set(described["paths"]) - known == {
        "/metrics", "/v1/privacy/export", "/v1/attachments/{token}",
        "/v1/mailboxes/{mailbox_id}/emails/{email_id}/attachments/{filename}",
    }  # fmt: skip


def test_every_route_has_a_name_of_its_own_that_a_client_can_use(described: dict[str, Any]) -> None:
    names = [one["operationId"] for ops in described["paths"].values() for one in ops.values()]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {"emails_send", "emails_send_many", "oversight_decide"} <= set(names)
    assert [name for name in names if not name.isidentifier()] == []


def test_every_route_says_what_it_does_and_what_a_refusal_looks_like(
    described: dict[str, Any],
) -> None:
    for operations in described["paths"].values():
        for operation in operations.values():
            assert operation["description"].strip()
            refusal = operation["responses"]["default"]["content"]["application/problem+json"]
            assert refusal["schema"]["$ref"].endswith("/Problem")
    example(described, {"$ref": "#/components/schemas/Problem"}, "Problem")
