"""How gunicorn serves Kith, wherever it is started: ``gunicorn --config python:project.web``."""

import os
import shutil
import tempfile

wsgi_app = "project.wsgi"
worker_class = "gthread"
workers = 2
# Four for pages, beside those in which clients wait for news: project.api.waiting.
threads = 12
graceful_timeout = 5
control_socket_disable = True


def on_starting(_server: object) -> None:
    """Give the processes a place where each writes down its numbers; see project.metrics."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="kith-metrics-")


def on_exit(_server: object) -> None:
    """Remove them."""
    shutil.rmtree(os.environ.pop("PROMETHEUS_MULTIPROC_DIR"), ignore_errors=True)
