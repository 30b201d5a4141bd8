"""Fields that many answers have, each with an example, of which a description makes whole answers.

A test holds that every field of every answer has one.
"""

from typing import Annotated, Any

from pydantic import Field

__all__ = [
    "Address", "Count", "Id", "IsIt", "KeyName", "Milliseconds", "ModeName", "Rows", "Sha256",
    "SourceLine", "State", "Tag", "Time", "Url", "Word", "Words",
]  # fmt: skip

_MODES = "autonomous, monitored, gated_send, gated_all or blocked"
_STATES = (
    "accepted, held, queued, sending, sent, unknown, deferred, failed, rejected, blocked, "
    "cancelled or expired; received, delivered or quarantined of mail that came in"
)

Id = Annotated[str, Field(examples=["019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11"])]
Time = Annotated[
    str,
    Field(
        description="RFC 3339, UTC",
        examples=["2026-11-24T10:00:00.000+00:00"],
        json_schema_extra={"format": "date-time"},
    ),
]
Milliseconds = Annotated[int, Field(description="ms since 1970", examples=[1_795_514_400_000])]
Address = Annotated[str, Field(examples=["customer@example.org"])]
ModeName = Annotated[str, Field(description=_MODES, examples=["gated_all"])]
State = Annotated[str, Field(description=_STATES, examples=["held"])]
Tag = Annotated[str, Field(examples=["fraud_risk"])]
SourceLine = Annotated[str, Field(description="file and line", examples=["packs/fraud.policy:5"])]
Url = Annotated[str, Field(examples=["https://mail.yourstore.example/…"])]
KeyName = Annotated[str, Field(examples=["order system"])]
Sha256 = Annotated[
    str, Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
Count = Annotated[int, Field(examples=[2])]
IsIt = Annotated[bool, Field(examples=[False])]
Rows = Annotated[list[dict[str, Any]], Field(description="rows of a table", examples=[[]])]
Word = Annotated[str, Field(examples=["support"])]
Words = Annotated[str, Field(examples=["Where is my order?"])]
