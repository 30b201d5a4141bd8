"""The verbs on original messages."""
