"""What the routes answer about talks on other channels than e-mail."""

from typing import Annotated

from pydantic import Field

from pipeline.sender.answers.base import Answer
from pipeline.sender.answers.fields import Address

__all__ = ["WaitingAnswer"]


class WaitingAnswer(Answer):
    """Whether a person waits for an answer on a channel, after what was told of it."""

    address: Address
    channel: Annotated[str, Field(description="chat, phone or social", examples=["chat"])]
    waits: Annotated[bool, Field(examples=[True])]
