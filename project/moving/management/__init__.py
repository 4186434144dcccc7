"""Commands that take all that Kith knows elsewhere."""
