"""What a page says after an act: the address names it, so a reload never repeats the act."""

from dataclasses import dataclass

from fastapi import Request

__all__ = ["Notice", "notice"]

_TEXTS = {
    "approved": "Approved. It leaves when its time comes.",
    "partly": "Your approval is on record. More people must approve.",
    "released": "Released: the agent can see the message.",
    "rejected": "Rejected. It will not be sent.",
    "edited": "Edited, and decided anew.",
    "cleared": "The fraud mark was taken off, and the message was decided anew.",
    "labelled": "Thank you: the labels are on record, and the classifier can learn from them.",
    "taken_back": "Taken back: nothing more of it leaves.",
    "resolved": "Settled.",
    "paused": "Sending is paused.",
    "resumed": "Sending goes on.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What was done, and to which message if that is not the one shown."""

    text: str
    email: str
    may_be_taken_back: bool


def notice(request: Request) -> Notice | None:
    """The notice that the address of `request` asks for; None without one that we know."""
    done = request.query_params.get("done", "")
    if done not in _TEXTS:
        return None
    email = request.query_params.get("email", "")[:36]
    return Notice(_TEXTS[done], email, may_be_taken_back=done == "approved")
