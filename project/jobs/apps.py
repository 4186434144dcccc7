"""Django's entry to the jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Background jobs as the user sees them."""

    name = "project.jobs"
    label = "jobs"
    verbose_name = "Jobs"
