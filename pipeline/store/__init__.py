"""Where messages live: one schema, one writer of states, an audit log that only grows."""
