"""Django's entry to the preferences app."""

from django.apps import AppConfig


class PreferencesConfig(AppConfig):
    """Settings that a user may change."""

    name = "project.preferences"
    verbose_name = "Settings"
