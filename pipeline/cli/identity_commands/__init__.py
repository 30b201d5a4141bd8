"""The verbs of `gatepost identity`."""
