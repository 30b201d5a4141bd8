"""The policy language and the life of a message: pure, no I/O, no solver, no clock."""
