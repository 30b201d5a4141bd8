"""The verbs of `gatepost model`, one file each."""
