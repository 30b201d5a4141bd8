"""What all answers have in common, and what a refusal looks like."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Answer", "Page", "Problem", "answer"]


def answer(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with `model`."""
    return {status: {"model": model, "description": (model.__doc__ or "").splitlines()[0]}}


class Answer(BaseModel):
    """An answer; it may have more members than are described."""

    model_config = ConfigDict(extra="allow")


class FieldProblem(Answer):
    """A field that is wrong, and how to mend it."""

    field: str
    problem: str
    mend: str


class Problem(Answer):
    """A refusal (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "A field is wrong",
                "status": 422,
                "detail": "subject: the character U+000D may not stand here",
                "mend": "write plain text in one line",
                "errors": [
                    {
                        "field": "subject",
                        "problem": "the character U+000D may not stand here",
                        "mend": "write plain text in one line",
                    }
                ],
                "error": "subject: the character U+000D may not stand here",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    error: str = Field(description="`detail` once more, for clients that look only there")
    mend: str = ""
    errors: list[FieldProblem] = []
    rule: str | None = Field(None, description="the rule that refuses, when one does")
    source: str | None = Field(None, description="file and line of that rule")


class Page(Answer):
    """A part of a list."""

    cursor: str = Field("", description="where the next page begins; absent on the last one")
