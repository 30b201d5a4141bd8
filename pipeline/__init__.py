"""Mail in, decision, mail out: reading, batch, store, sender, console, agents, command line."""
