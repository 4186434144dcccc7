"""Django's entry to the faces app."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class FacesConfig(AppConfig):
    """Faces, people and trainings."""

    name = "faces"

    def ready(self) -> None:
        """Listen to decoded photos, and register the jobs and what copies are told."""
        import_module("faces.receivers")
        import_module("faces.api.changes")
        for jobs in ("training", "names", "engines"):
            import_module(f"faces.jobs.{jobs}")
        engines = import_module("faces.vision.catalogue").ENGINES
        if settings.KITH_ENGINE and settings.KITH_ENGINE not in engines:
            raise ImproperlyConfigured(
                f"KITH_ENGINE: {settings.KITH_ENGINE} is not one of {', '.join(engines)}"
            )
