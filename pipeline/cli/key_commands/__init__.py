"""The verbs of `gatepost key`."""
