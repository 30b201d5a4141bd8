"""Mail into the shop: listeners, a poller, and reports about mail that was sent."""
