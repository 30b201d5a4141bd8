"""A checker of LRAT proofs that imports nothing and searches nothing.

A proof is a list of steps (number, clause, hints). Under the assumption that the clause is false,
each hint, the number of an earlier clause, must have all but one of its literals false, which
makes that one true, until one has none left: then the clause follows. The method is reverse unit
propagation with hints (Cruz-Filipe et al., Efficient Certified RAT Verification, CADE 2017).
"""

__all__ = ["check"]


def check(
    clauses: dict[int, tuple[int, ...]], steps: list[tuple[int, tuple[int, ...], tuple[int, ...]]]
) -> dict[int, tuple[int, ...]]:
    """The clauses, by number, that follow; raises ValueError at the first step that does not.

    `clauses` maps numbers to literals; a step is a number, a clause and its hints.
    """
    clauses = dict(clauses)
    for number, clause, hints in steps:
        false = set(clause)
        for hint in hints:
            left = [literal for literal in clauses[hint] if literal not in false]
            if not left:
                break
            if len(set(left)) > 1:
                raise ValueError(f"step {number}: hint {hint} leaves more than one literal")
            false.add(-left[0])
        else:
            raise ValueError(f"step {number} does not follow from its hints")
        if number in clauses:
            raise ValueError(f"step {number}: the number is taken")
        clauses[number] = tuple(clause)
    return clauses
