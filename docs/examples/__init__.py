"""Examples for the developers of clients."""
