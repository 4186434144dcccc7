"""Django's entry to the accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Sign-in, and the tokens of devices."""

    name = "project.accounts"
    verbose_name = "Devices"

    def ready(self) -> None:
        """Tell the schema how devices sign in."""
        import_module("project.accounts.schema")
