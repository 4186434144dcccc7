"""Django's entry to the audit app."""

from importlib import import_module

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What was done to the doors, and to what is behind them."""

    name = "project.audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        """Listen to sign-ins, passwords, settings and deletions."""
        import_module("project.audit.receivers")
