"""Django's entry to the faces app."""

from importlib import import_module

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """Faces, people and trainings."""

    name = "faces"

    def ready(self) -> None:
        """Listen to decoded photos, and register the jobs and what copies are told."""
        import_module("faces.receivers")
        import_module("faces.api.changes")
        for jobs in ("training", "names", "engines", "indexing"):
            import_module(f"faces.jobs.{jobs}")
