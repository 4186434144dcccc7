"""The house against its plan."""
