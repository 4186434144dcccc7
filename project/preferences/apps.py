"""Django's entry to the preferences app."""

from importlib import import_module

from django.apps import AppConfig


class PreferencesConfig(AppConfig):
    """Settings that a user may change."""

    name = "project.preferences"
    verbose_name = "Settings"

    def ready(self) -> None:
        """Refuse what the environment says and makes no sense."""
        import_module("project.preferences.reading").check_environment()
