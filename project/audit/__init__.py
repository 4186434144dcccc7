"""The audit log: who signed in, shared, deleted and exported, and from where."""
