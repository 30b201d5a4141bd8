"""The verbs of `gatepost audit`."""
