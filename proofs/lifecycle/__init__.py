"""Every claim about the life of a message, and what stands behind it.

`claims` says what each step must keep (what holds at every moment is in
`policy.lifecycle.invariants`), `transitions` turns the table of `policy.lifecycle` into formulas,
`induction` proves the claims for any number of steps, `exploration` looks for a counterexample in
plain Python, `mutation` shows each guard necessary, and `stories` tells a person.
"""
