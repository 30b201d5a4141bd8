"""A policy that was proved, or why it must not be served; light, while the proving is not."""

from collections.abc import Sequence
from dataclasses import dataclass

from policy.rules import Policy

__all__ = ["NotServedError", "Proved"]


class NotServedError(Exception):
    """The policy must not be served; `lines` say why, for a person.

    `refuted` tells a policy that breaks a claim from files that cannot be used.
    """

    def __init__(self, lines: Sequence[str], *, refuted: bool) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
        self.refuted = refuted


@dataclass(frozen=True, slots=True)
class Proved:
    """A policy of which every claim is proved, and the name of its certificate.

    The name is empty when it was proved here and now.
    """

    policy: Policy
    certificate: str
