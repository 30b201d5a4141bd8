"""The verbs of `gatepost person`."""
