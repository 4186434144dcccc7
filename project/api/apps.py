"""The app of what the API shares."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Keeps answers to writes that clients may repeat."""

    name = "project.api"
    label = "api"
