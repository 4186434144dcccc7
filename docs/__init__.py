"""Documents, and the script that makes their pictures."""
