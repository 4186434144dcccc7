"""Settings that a user may change: what each means, where its value comes from, how it changes."""
