"""What a subject line answers, in the words of many languages.

A reply whose program left out In-Reply-To and References still begins with Re:, or its like.
"""

import re

__all__ = ["answered_subject", "plain_subject"]

_REPLY = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|r|rif|res|ynt|odp|vá|回复|答复)\s*(?:[\[(]\d{1,3}[\])])?\s*[:：]",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc)\s*[:：]", re.IGNORECASE)
_SHORTEST = 4


def plain_subject(subject: str) -> str:
    """`subject` in one form for comparison, without what replies and forwards put before it."""
    return _parts(subject)[0]


def answered_subject(subject: str) -> str | None:
    """The plain subject that `subject` answers; None when it answers none.

    Subjects of fewer than 4 letters say too little to tell a thread by.
    """
    plain, answers = _parts(subject)
    return plain if answers and len(plain) >= _SHORTEST else None


def _parts(subject: str) -> tuple[str, bool]:
    rest, answers = subject, False
    while found := _REPLY.match(rest) or _FORWARD.match(rest):
        answers = answers or found.re is _REPLY
        rest = rest[found.end() :]
    return " ".join(rest.casefold().split()), answers
