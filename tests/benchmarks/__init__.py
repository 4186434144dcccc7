"""Benchmarks, as far as they do not take minutes."""
