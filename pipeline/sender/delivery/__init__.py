"""Hand-over to the mail server, one recorded phase after the other."""
