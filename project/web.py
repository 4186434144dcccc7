"""How gunicorn serves Kith, wherever it is started: ``gunicorn --config python:project.web``."""

wsgi_app = "project.wsgi"
worker_class = "gthread"
workers = 2
# Four for pages, beside those in which clients wait for news: project.api.waiting.
threads = 12
graceful_timeout = 5
control_socket_disable = True
