"""``make run``: one process that starts everything, shows progress, and stops everything."""
