"""Every claim about a policy and about the life of a message; the solvers live only here."""
