"""Steps of a proof about two messages that are read off the form of the policy, without a search.

The gates of the message after a change stand to its facts as those of the message before do to
theirs. So a gate after implies the gate before, or the other way round, if its inputs do; and in
the end that rests on what the change says of the facts. Each such step has two reasons for each
input, all known beforehand. Where the form does not show it, `proofs.lemmas` asks the solver.
"""

from collections.abc import Mapping

from proofs.clause_questions import Asked
from proofs.clauses import Message
from proofs.elaboration import Derivation
from proofs.gates import TRUE

__all__ = ["Correspondence"]

_IS_NOT_BOTH, _FALSE_IS_KNOWN, _KNOWN_IS_EITHER = 0, 2, 3
"""Where among the clauses of a test, as `proofs.clauses` states them, these stand."""


class Correspondence:
    """What follows for the gates of both messages of `asked` if its claim is broken.

    `derivation` gets the steps. There must be a second message.
    """

    def __init__(self, derivation: Derivation, asked: Asked) -> None:
        before, after = asked.message, asked.after
        assert after is not None, "a correspondence is between two messages"
        self._derivation = derivation
        self._gates = before.gates
        self._broken = asked.literal
        self._steps: dict[tuple[int, int], int] = {}
        self._related = dict(_related(before, asked.literal))
        self._false: dict[int, tuple[Message, tuple[str, object]]] = {}
        self._twins: dict[int, int] = {TRUE: TRUE}
        for one, other in ((before, after), (after, before)):
            self._twins.update((one.known[fact], other.known[fact]) for fact in one.known)
            for key, (true, false) in one.atoms.items():
                self._twins[true], self._twins[false] = other.atoms[key]
                self._false[false] = one, key

    def add(self, one: int, other: int, step: int) -> None:
        """Let `step` be known, which says that `one` implies `other` if the claim is broken."""
        self._steps[_positive(one, other)] = step

    def implication(self, one: int, other: int) -> int | None:
        """The step that says that `one` implies `other` if the claim is broken; None if none is
        seen.
        """
        one, other = _positive(one, other)
        step = self._steps.get((one, other))
        if step is None:
            hints = self._related.get((one, other))
            hints = hints or self._by_inputs(one, other) or self._by_falsity(one, other)
            if hints is None:
                return None
            step = self._derivation.take((-self._broken, -one, other), hints)
            self._steps[one, other] = step
        return step

    def _by_inputs(self, one: int, other: int) -> tuple[int, ...] | None:
        """Each input of the gate `other` follows from one of the gate `one`."""
        outer, inner = self._gates.inputs(one), self._gates.inputs(other)
        if outer is None or inner is None:
            return None
        (has, first), (needs, stated) = outer, inner
        places = {literal: first + place for place, literal in enumerate(has)}
        hints: list[int] = []
        for needed in needs:
            twin = needed if needed in places else self._twin(needed)
            if twin not in places:
                return None
            hints.append(places[twin])
            if twin != needed:
                step = self.implication(twin, needed)
                if step is None:
                    return None
                hints.append(step)
        return (*hints, stated + len(needs))

    def _by_falsity(self, one: int, other: int) -> tuple[int, ...] | None:
        """A known test that is false in one message is so in the other if it is nowhere else true.

        That is: true in the other implies true in the one, and known in the one known in the other.
        """
        if one not in self._false or self._twins.get(one) != other:
            return None
        (message, key), (second, _) = self._false[one], self._false[other]
        true = self.implication(second.atoms[key][0], message.atoms[key][0])
        known = self.implication(message.known[key[0]], second.known[key[0]])
        if true is None or known is None:
            return None
        first, last = message.stated[key], second.stated[key]
        return (
            first + _IS_NOT_BOTH, true, first + _FALSE_IS_KNOWN, known, last + _KNOWN_IS_EITHER,
        )  # fmt: skip

    def _twin(self, literal: int) -> int:
        """The literal of the other message that is made as `literal` is; 0 if there is none."""
        variable = abs(literal)
        twin = self._twins.get(variable)
        if twin is None:
            made = self._gates.inputs(variable)
            inputs = [0] if made is None else [self._twin(one) for one in made[0]]
            twin = 0 if 0 in inputs else self._gates.made(inputs) or 0
            self._twins[variable] = twin
        return twin if literal > 0 else -twin


def _positive(one: int, other: int) -> tuple[int, int]:
    """The same implication, turned round if both literals are negative."""
    return (-other, -one) if one < 0 and other < 0 else (one, other)


def _related(message: Message, broken: int) -> Mapping[tuple[int, int], tuple[int, ...]]:
    """Implications between two literals that the question states of its change, with reasons."""
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    inputs, first = message.gates.inputs(broken) or ((), 0)
    for place, literal in enumerate(inputs):
        relation = message.gates.inputs(-literal)
        if relation is not None and len(relation[0]) == 2:
            (one, other), stated = relation
            found[one, -other] = found[other, -one] = first + place, stated + 2
    return found
