"""Faces, people and trainings in the API."""
