"""The verbs of `gatepost policy`, one file each."""
