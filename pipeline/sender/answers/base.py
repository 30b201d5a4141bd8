"""What all answers have in common, and what a refusal looks like."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Answer", "Page", "Problem", "answer", "file_answer"]

_DETAIL = "subject: the character U+000D may not stand here"


def answer(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with `model`."""
    return {status: {"model": model, "description": (model.__doc__ or "").splitlines()[0]}}


def file_answer(media_type: str, says: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with bytes of that type, and what they are."""
    return {200: {"content": {media_type: {}}, "description": says}}


class Answer(BaseModel):
    """An answer; it may have more members than are described."""

    model_config = ConfigDict(extra="allow")


class FieldProblem(Answer):
    """A field that is wrong, and how to mend it."""

    field: Annotated[str, Field(examples=["subject"])]
    problem: Annotated[str, Field(examples=["the character U+000D may not stand here"])]
    mend: Annotated[str, Field(examples=["write plain text in one line"])]


class Problem(Answer):
    """A refusal (RFC 9457)."""

    type: Annotated[str, Field(examples=["about:blank"])]
    title: Annotated[str, Field(examples=["A field is wrong"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=[_DETAIL])]
    error: str = Field(
        description="`detail` once more, for clients that look only there", examples=[_DETAIL]
    )
    mend: Annotated[str, Field(examples=["write plain text in one line"])] = ""
    errors: list[FieldProblem] = []
    rule: str | None = Field(
        None, description="the rule that refuses, when one does", examples=[None]
    )
    source: str | None = Field(None, description="file and line of that rule", examples=[None])


class Page(Answer):
    """A part of a list."""

    cursor: str = Field(
        "",
        description="where the next page begins; absent on the last one",
        examples=["019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11"],
    )
