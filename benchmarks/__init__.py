"""What Kith can do, measured: one command each, a table, and one JSON object as the last line."""
