"""How fast policies are proved: `python benchmarks/proofs.py [--sizes 20,200,2000,10000]`.

For each size a seeded random policy is made. Printed are CPU seconds, which other work on the
machine disturbs least: of our Z3 encoding (one incremental solver, told of a rule when it must),
the same again after an edit, of our SAT encoding with its LRAT proof and its replay, of lint and
diff, and, beside them, of the naive way (a fresh Z3 solver with everything asserted for each claim)
and of cvc5 over the same terms in SMT-LIB when its package is installed. `ratio` is peer / ours.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

import z3

from policy.loading import load
from policy.modes import Event, Mode
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    Not,
    OneOf,
    Policy,
    Rule,
    RuleKind,
    Span,
    TextOperator,
    TextTest,
)
from policy.syntax import Source
from policy.vocabulary import INTENTS, TAGS
from proofs import lrat
from proofs.analysis import analyse
from proofs.claims import claims_of
from proofs.difference import difference
from proofs.evidence import clauses_for, replay
from proofs.satisfiability import SatSolver
from proofs.second_opinion import second_opinion
from proofs.session import Session
from proofs.solver import Solver
from proofs.verification import verify

PACKS = 'policy "Base"\nuse fraud, pci_dss, can_spam, gdpr, ccpa, returns, shop\n'
BOOLS = ("unsure", "recipient.first_contact", "content.unknown_links", "content.promises_money")
NUMBERS = {"order.value": 100_000, "order.age": 365, "recipient.messages_24h": 40}


def made(size: int, seed: int = 1) -> Policy:
    """The shipped packs and random rules up to `size` rules, every claim of which holds."""
    loaded = load(Source("base.policy", PACKS))
    assert loaded.policy is not None
    chance = random.Random(seed)
    rules = list(loaded.policy.rules)
    while len(rules) < size:
        rules.append(_rule(chance, len(rules)))
    return replace(loaded.policy, rules=tuple(rules[: max(size, len(loaded.policy.rules))]))


def _rule(chance: random.Random, number: int) -> Rule:
    span = Span("random.policy", number, 1, number, 2)
    kind = chance.choice((RuleKind.ALLOW, RuleKind.REQUIRE, RuleKind.REQUIRE))
    parts: list[Condition] = [
        OneOf("kind", frozenset({chance.choice(("transactional", "reply"))}), span),
        OneOf("intent", frozenset(chance.sample(INTENTS, 3)), span),
    ]
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(tuple(NUMBERS))
        parts.append(
            chance.choice(
                (
                    IsTrue(chance.choice(BOOLS), span),
                    Not(IsTrue(chance.choice(BOOLS), span), span),
                    AtLeast(name, chance.randint(1, NUMBERS[name]), span),
                    TextTest("content.subject", TextOperator.CONTAINS, f"w{number % 97}w", span),
                )
            )
        )
    if kind is RuleKind.ALLOW:
        mode = chance.choice((Mode.AUTONOMOUS, Mode.MONITORED))
        parts.append(AtLeast("confidence", chance.randint(5_000, 9_900), span))
    else:
        mode = chance.choice((Mode.MONITORED, Mode.GATED_SEND, Mode.GATED_ALL))
        parts.append(Has("tags", chance.choice(TAGS), span))
    return Rule(
        kind, Event.SEND, mode, f"random {number}", And(tuple(parts), span), (), None, None,
        None, None, span,
    )  # fmt: skip


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """The CPU seconds that `work` takes, and what it gives."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def naive(policy: Policy) -> int:
    """A fresh solver and a fresh encoding of every rule for every claim."""
    refuted = 0
    for claim in claims_of(policy):
        solver = Solver(policy, [claim.question])
        event = claim.question.event
        solver.message.ladder(event).tell(policy.rules_on(event))
        refuted += solver.find(claim.question) is not None
    return refuted


def smt_lib(policy: Policy) -> list[str]:
    """Every claim as an SMT-LIB script of our own terms about every rule, for another solver."""
    scripts = []
    for claim in claims_of(policy):
        solver = Solver(policy, [claim.question])
        message, event = solver.message, claim.question.event
        message.ladder(event).tell(policy.rules_on(event))
        wanted, after = solver._terms(claim.question)
        if after is not None:
            after.ladder(event).catch_up()
        fresh = z3.Solver()
        fresh.add(*message.laws(), *(() if after is None else after.laws()), *wanted)
        scripts.append(f"(set-logic QF_UF)\n{fresh.to_smt2()}")
    return scripts


def cvc5_answers(scripts: list[str]) -> list[str]:
    """What cvc5 answers, by its Python package."""
    import cvc5

    answers = []
    for script in scripts:
        terms = cvc5.TermManager()
        solver = cvc5.Solver(terms)
        parser = cvc5.InputParser(solver)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "claim")
        symbols = parser.getSymbolManager()
        while not (command := parser.nextCommand()).isNull():
            answer = command.invoke(solver, symbols).strip()
            if answer in {"sat", "unsat", "unknown"}:
                answers.append(answer)
    return answers


def lint_and_diff(policy: Policy, size: int) -> None:
    lint, findings = timed(lambda: analyse(policy))
    print(f"  lint of all rules               {lint:8.3f} s   {len(findings)} findings")
    fewer = tuple(rule for at, rule in enumerate(policy.rules) if at % max(2, size // 20))
    diff, changes = timed(lambda: difference(policy, replace(policy, rules=fewer)))
    dropped = len(policy.rules) - len(fewer)
    print(
        f"  diff, {dropped:3} rules fewer           {diff:8.3f} s   {len(changes.changes)} classes"
    )


def one_size(size: int, peers: bool, certificate: bool) -> None:
    policy = made(size)
    print(f"\n{len(policy.rules)} rules, {len(claims_of(policy))} claims")
    ours, verdicts = timed(lambda: verify(policy))
    print(f"  verify, Z3, told what it needs  {ours:8.3f} s")
    session = Session()
    session.verify(policy)
    other_rule = replace(_rule(random.Random(9), 1), kind=policy.rules[-1].kind)
    edited = replace(policy, rules=(*policy.rules[:-1], other_rule))
    again, _ = timed(lambda: session.verify(edited))
    print(f"  after an edit, in a session     {again:8.3f} s   {session.kept} verdicts kept")
    encode, _ = timed(lambda: clauses_for(policy))

    def ask() -> None:
        clauses = clauses_for(policy)
        with SatSolver(clauses) as solver:
            for asked in clauses.asked:
                solver.find(asked)

    sat, _ = timed(ask)
    print(f"  verify, SAT (encoding {encode:.3f} s)  {sat:8.3f} s   ratio {ours / sat:6.1f}")
    if not certificate:
        print("  certificate                     not made (see --certificates-up-to)")
        lint_and_diff(policy, size)
        return
    proof, evidence = timed(lambda: second_opinion(policy, verdicts))
    proved = [v.claim.id for v in verdicts if v.outcome.value == "proved"]
    check, _ = timed(lambda: replay(policy, proved, evidence))
    print(f"  certificate with LRAT           {proof:8.3f} s")
    print(f"  recheck without a solver        {check:8.3f} s")
    lint_and_diff(policy, size)
    if not peers:
        return
    slow, _ = timed(lambda: naive(policy))
    print(f"  naive: a solver for each claim  {slow:8.3f} s   ratio {slow / ours:6.1f}")
    try:
        import cvc5  # noqa: F401  # only to see whether it is there
    except ImportError:
        print("  cvc5                            not installed")
        return
    scripts = smt_lib(policy)
    other, answers = timed(lambda: cvc5_answers(scripts))
    refuted = sum(v.outcome.value == "refuted" for v in verdicts)
    print(f"  cvc5, the same terms            {other:8.3f} s   ratio {other / ours:6.1f}")
    assert answers.count("sat") == refuted, "cvc5 disagrees"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="20,200,2000,10000")
    parser.add_argument("--peers-up-to", type=int, default=2_000)
    parser.add_argument("--certificates-up-to", type=int, default=10_000)
    given = parser.parse_args()
    assert lrat.check({1: (1,)}, []) == {1: (1,)}
    for size in map(int, given.sizes.split(",")):
        one_size(size, size <= given.peers_up_to, size <= given.certificates_up_to)


if __name__ == "__main__":
    main()
