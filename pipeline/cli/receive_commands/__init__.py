"""`gatepost receive`: mail into a running service, from a process of its own."""
