"""The wiring: settings, addresses, servers and the door to background jobs."""
