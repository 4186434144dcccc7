"""How gunicorn serves Kith, wherever it is started: ``gunicorn --config python:project.web``."""

import os
import shutil
import tempfile

from project.environment.checking import begin

wsgi_app = "project.wsgi"
worker_class = "gthread"
workers = 2
# Four for pages, beside those in which clients wait for news: project.api.waiting.
threads = 12
graceful_timeout = 5
control_socket_disable = True


def on_starting(_server: object) -> None:
    """Check the environment; give the processes a place for their numbers: project.metrics."""
    begin()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="kith-metrics-")


def on_exit(_server: object) -> None:
    """Remove them."""
    shutil.rmtree(os.environ.pop("PROMETHEUS_MULTIPROC_DIR"), ignore_errors=True)
