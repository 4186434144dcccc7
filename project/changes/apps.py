"""Django's entry to the changes app."""

from importlib import import_module

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """The log of changes."""

    name = "project.changes"

    def ready(self) -> None:
        """Forget at times what nobody needs any more."""
        import_module("project.changes.receivers")
