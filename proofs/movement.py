"""Which way the value of a condition moves when the message changes, judged by its form alone.

False counts as less than unknown, and unknown as less than true. `And` and `Or` keep the
direction of their parts and `Not` turns it round, so that each test need only be looked at.
"""

from enum import Flag

from policy.rules import And, AtLeast, Condition, Has, Not, Or, Rule, RuleKind
from proofs.questions import AddMembers, Change, LoseFacts, LowerNumber, StricterMailbox

__all__ = ["follows"]


class _Moves(Flag):
    NOWHERE = 0
    UP = 1
    DOWN = 2
    EITHER = UP | DOWN


def follows(rule: Rule, change: Change) -> bool:
    """Whether `rule` can be seen never to make a decision freer by what `change` does to it.

    So it is when an `allow` that is true afterwards was true before, and a `require` or `block`
    that was not false before is not false afterwards. False means "perhaps".
    """
    if isinstance(change, LoseFacts):
        return True  # a value moves to unknown or stays: Kleene's connectives keep information
    forbidden = _Moves.UP if rule.kind is RuleKind.ALLOW else _Moves.DOWN
    return not _moves(rule.condition, change) & forbidden


def _moves(condition: Condition, change: Change) -> _Moves:
    match condition:
        case And(parts) | Or(parts):
            found = _Moves.NOWHERE
            for part in parts:
                found |= _moves(part, change)
            return found
        case Not(part):
            return _TURNED[_moves(part, change)]
    match change:
        case AddMembers(facts, members):
            match condition:
                case Has(fact, member) if fact in facts and member in members:
                    return _Moves.UP
            return _Moves.NOWHERE
        case LowerNumber(fact):
            falls = isinstance(condition, AtLeast) and condition.fact == fact
            return _Moves.DOWN if falls else _Moves.NOWHERE
        case StricterMailbox():
            read = getattr(condition, "fact", None) == "mailbox.mode"
            return _Moves.EITHER if read else _Moves.NOWHERE
        case LoseFacts():
            return _Moves.EITHER


_TURNED = {
    _Moves.NOWHERE: _Moves.NOWHERE,
    _Moves.UP: _Moves.DOWN,
    _Moves.DOWN: _Moves.UP,
    _Moves.EITHER: _Moves.EITHER,
}
