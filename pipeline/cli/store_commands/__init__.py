"""`gatepost store …`: the database of the service."""
