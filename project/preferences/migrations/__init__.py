"""Migrations of the preferences app."""
