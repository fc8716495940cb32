"""A trading floor on Relay: seven agents that share one exchange connection, one order path and one bus."""
