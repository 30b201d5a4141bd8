"""What the messages of a class have in common, said in the words of a policy file."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from policy.facts import Fact, NumberType
from policy.literals import shown
from proofs.clauses import Message
from proofs.satisfiability import SatSolver

__all__ = ["region_of"]


def region_of(
    solver: SatSolver, message: Message, literals: Sequence[int], telling: frozenset[str]
) -> tuple[str, ...]:
    """What the facts may be in the class of messages that meet `literals`.

    Facts are looked at one by one, so the region may be larger than the class, never smaller.
    Only facts of `telling` are named, and those of which the ordinary value is not in the class:
    of all others it is enough that nothing else holds the message back.
    """
    return tuple(_Projection(solver, message, literals, telling).lines())


class _Projection:
    def __init__(
        self, solver: SatSolver, message: Message, literals: Sequence[int], telling: frozenset[str]
    ) -> None:
        self._solver = solver
        self._message = message
        self._literals = list(literals)
        self._telling = telling

    def lines(self) -> Iterator[str]:
        message, domain = self._message, self._message.domain
        ordinary = domain.vocabulary.ordinary()
        for name in domain.facts():
            if name not in self._telling and self._may(*message.pinned(name, ordinary[name])):
                continue
            known = message.known[name]
            if not self._may(known):
                yield f"{name} is unknown"
                continue
            also = " or unknown" if self._may(-known) else ""
            for line in self._restricted(name):
                yield f"{line}{also}"

    def _restricted(self, name: str) -> Iterator[str]:
        domain = self._message.domain
        fact = domain.vocabulary[name]
        if name in domain.booleans:
            true, false = self._tells(name, True)
            if not (true and false):
                yield name if true else f"not {name}"
        elif name in domain.values:
            may = [value for value in domain.values[name] if self._tells(name, value)[0]]
            if len(may) < len(domain.values[name]):
                yield f"{name} is {may[0]}" if len(may) == 1 else f"{name} in {{{', '.join(may)}}}"
        elif name in domain.members:
            tells = {member: self._tells(name, member) for member in domain.members[name]}
            yield from (f"{name} has {m}" for m, (_, may_lack) in tells.items() if not may_lack)
            never = [member for member, (may_have, _) in tells.items() if not may_have]
            if never:
                yield f"{name} has none of {{{', '.join(never)}}}"
        elif name in domain.bounds:
            yield from self._interval(fact, domain.bounds[name])
        else:
            for operator, text in domain.literals[name]:
                true, false = self._tells(name, (operator, text))
                if not (true and false):
                    yield f'{"" if true else "not "}{name} {operator.value} "{text}"'

    def _interval(self, fact: Fact, bounds: Sequence[int]) -> Iterator[str]:
        assert isinstance(fact.type, NumberType)
        # What is never below a bound is never below a lower one, so halving finds both ends.
        reached = bisect_left(bounds, True, key=lambda one: self._tells(fact.name, one)[1])
        beyond = bisect_left(bounds, True, key=lambda one: not self._tells(fact.name, one)[0])
        low, below = bounds[:reached], bounds[beyond:]
        if low and below:
            first, last = (shown(fact.type, value) for value in (low[-1], below[0] - 1))
            yield (
                f"{fact.name} from {first} to {last}"
                if first != last
                else f"{fact.name} is {first}"
            )
        elif low:
            yield f"{fact.name} >= {shown(fact.type, low[-1])}"
        elif below:
            yield f"{fact.name} <= {shown(fact.type, below[0] - 1)}"

    def _tells(self, name: str, what: object) -> tuple[bool, bool]:
        """Whether the test may be true, and whether it may be false, of a message of the class."""
        true, false = self._message.atom(name, what)
        return self._may(true), self._may(false)

    def _may(self, *literals: int) -> bool:
        return self._solver.possible([*self._literals, *literals])
