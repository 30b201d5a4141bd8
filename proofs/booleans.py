"""Boolean terms of Z3, made without the checks and coercions of its Python layer.

Building terms from Python is what costs at thousands of rules; every term here is Boolean and of
the one main context, so there is nothing to check.
"""

from collections.abc import Callable, Iterable
from typing import Any

import z3
from z3 import z3core

__all__ = [
    "FALSE",
    "TRUE",
    "Term",
    "Truth",
    "all_of",
    "any_of",
    "implies",
    "negated",
    "same",
    "truth_in",
]

Term = Any
"""A Z3 Boolean term (z3 has no types of its own to offer)."""

Truth = Callable[[Term], bool]
"""Says of a term whether it is true, for example in a model."""

_CONTEXT = z3.main_ctx()
_REF = _CONTEXT.ref()

TRUE: Term = z3.BoolVal(True)
FALSE: Term = z3.BoolVal(False)


def all_of(terms: Iterable[Term]) -> Term:
    """Every one of `terms`."""
    asts = [term.ast for term in terms]
    if not asts:
        return TRUE
    array = (z3.Ast * len(asts))(*asts)
    return z3.BoolRef(z3core.Z3_mk_and(_REF, len(asts), array), _CONTEXT)


def any_of(terms: Iterable[Term]) -> Term:
    """At least one of `terms`."""
    asts = [term.ast for term in terms]
    if not asts:
        return FALSE
    array = (z3.Ast * len(asts))(*asts)
    return z3.BoolRef(z3core.Z3_mk_or(_REF, len(asts), array), _CONTEXT)


def negated(term: Term) -> Term:
    """Not `term`."""
    return z3.BoolRef(z3core.Z3_mk_not(_REF, term.ast), _CONTEXT)


def implies(one: Term, other: Term) -> Term:
    """`other`, wherever `one`."""
    return any_of((negated(one), other))


def same(one: Term, other: Term) -> Term:
    """Both or neither."""
    return z3.BoolRef(z3core.Z3_mk_iff(_REF, one.ast, other.ast), _CONTEXT)


def truth_in(model: z3.ModelRef) -> Truth:
    """The truth of each term in `model`; what the model leaves open is false."""

    def holds(term: Term) -> bool:
        found = (z3.Ast * 1)()
        z3core.Z3_model_eval(_REF, model.model, term.ast, True, found)
        return bool(z3core.Z3_get_bool_value(_REF, found[0]) == z3.Z3_L_TRUE)

    return holds
