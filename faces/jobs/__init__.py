"""What faces do in the background."""
