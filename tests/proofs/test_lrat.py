import ast
import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Glucose4

from proofs import lrat
from proofs.elaboration import Derivation

CHAIN = {1: (1,), 2: (-1, 2), 3: (-2, 3), 4: (-3,)}


def test_a_proof_is_accepted_and_its_clauses_returned() -> None:
    derived = lrat.check(CHAIN, [(5, (3,), (1, 2, 3)), (6, (), (5, 4))])
    assert derived[6] == ()
    assert CHAIN.keys() == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "steps",
    [
        [(5, (), (1, 2, 3))],  # a hint is missing
        [(5, (4,), (1, 2, 3))],  # another clause
        [(5, (3,), (2, 1, 3))],  # in the wrong order
        [(1, (3,), (1, 2, 3))],  # a number twice
        [(5, (), ())],
    ],
)
def test_what_does_not_follow_is_refused(
    steps: list[tuple[int, tuple[int, ...], tuple[int, ...]]],
) -> None:
    with pytest.raises(ValueError, match=r"step \d"):
        lrat.check(CHAIN, steps)


def test_a_hint_that_is_no_clause_is_refused() -> None:
    with pytest.raises(KeyError):
        lrat.check(CHAIN, [(5, (3,), (9,))])


def test_the_checker_imports_nothing_and_is_short() -> None:
    source = inspect.getsource(lrat)
    assert not [
        n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import | ast.ImportFrom)
    ]
    (function,) = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    assert function.end_lineno is not None
    assert function.end_lineno - function.lineno < 30


LITERALS = st.integers(1, 8).flatmap(lambda v: st.sampled_from((v, -v)))
CLAUSES = st.lists(
    st.lists(LITERALS, min_size=1, max_size=3, unique=True).map(tuple), min_size=1, max_size=45
)


@given(CLAUSES, st.integers(1, 8))
@settings(max_examples=300, deadline=None)
def test_whatever_the_solver_refutes_is_elaborated_and_checked(
    clauses: list[tuple[int, ...]], assumed: int
) -> None:
    with Glucose4(bootstrap_with=clauses, with_proof=True) as solver:
        if solver.solve(assumptions=[assumed]):
            return
        lines = [line for line in solver.get_proof() or () if not line.startswith("d")]
    derivation = Derivation(clauses)
    for clause in [tuple(map(int, line.split()[:-1])) for line in lines]:
        if clause:
            derivation.learn(clause)
    steps = derivation.proof_of([(-assumed,)])
    derived = lrat.check(dict(enumerate(clauses, 1)), steps)
    assert (-assumed,) in derived.values()


def test_what_does_not_follow_cannot_be_elaborated() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        Derivation([(1, 2)]).learn((1,))
