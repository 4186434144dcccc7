"""What the environment says: every variable, what it may be, and a check before anything starts."""
