"""All that Kith knows, to be taken elsewhere: backups of it, and their return."""
