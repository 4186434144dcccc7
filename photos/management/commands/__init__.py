"""Commands about faces."""
