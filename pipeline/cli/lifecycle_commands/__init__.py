"""The verbs of `gatepost lifecycle`, one file each."""
