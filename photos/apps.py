"""Django's entry to the photos app."""

from importlib import import_module

from django.apps import AppConfig


class PhotosConfig(AppConfig):
    """Libraries and photos."""

    name = "photos"

    def ready(self) -> None:
        """Register what photos bring: kinds of job, receivers, what clients' copies are told."""
        import_module("photos.jobs")
        import_module("photos.upkeep")
        import_module("photos.receivers")
        import_module("photos.api.changes")
